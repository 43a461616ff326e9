/** Pure functions of the step and the epoch: learning rate, weight decay, freezing stages, parameter groups. */
export { freezingChart } from './freezing-chart'
export { epochsWithView, frozenPrefix, viewOf, type FrozenPrefix } from './frozen-prefix'
export { learningRateAt, weightDecayAt } from './learning-rate'
export { newcomersOf, newcomerWarmup } from './newcomers'
export {
  layerId,
  layerScale,
  parameterGroups,
  type GroupingOptions,
  type ParameterGroup,
} from './parameter-groups'
export { stageAt, trainableNames } from './trainable'
export { hasDiverged, risingRates, smoothed, suggestedRate, type RateRange } from './rising-rates'
