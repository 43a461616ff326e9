/** Metrics of a classifier: pure functions on typed arrays. */
export { analyse, type AnalyseOptions, type Analysis, type Mistake, type RankedPredictions } from './analyse'
export { type ReliabilityBin } from './calibration'
export { compare, mcnemarExact, type Comparison } from './compare'
export { accuracyByCoverage, type CoveragePoint } from './coverage'
export { cueConflictScores, largestCategory, type CueConflictScores, type CueShares } from './cue-conflict'
export { proportionDifference, type Difference } from './difference'
export { effectiveRank } from './effective-rank'
export { featureMap } from './feature-map'
export { epochMetrics } from './epoch-metrics'
export { multiLabelMetrics } from './multi-label'
export { groupAccuracy, type ColumnAccuracy, type GroupColumn } from './group-accuracy'
export {
  analyseAsync,
  analyseLabelSetsAsync,
  compareAsync,
  compareLabelSetsAsync,
  groupAccuracyAsync,
  robustnessScoresAsync,
  sensitivityScoresAsync,
  fitTemperatureAsync,
  scoreAsync,
} from './in-worker'
export {
  analyseLabelSets,
  compareLabelSets,
  type LabelSetAnalysis,
  type LabelSetAnswers,
  type LabelSetComparison,
  type LabelSetScores,
  type LabelScores,
} from './label-sets'
export { bootstrapInterval, wilsonInterval, type BootstrapOptions, type Interval } from './intervals'
export type { LabelEfficiency, LabelMethod, LabelMethodCurve } from './label-efficiency'
export { labelsNeeded, type LabelsNeeded } from './labels-needed'
export { labelIssues, type LabelIssue } from './label-issues'
export { confusedPairs, perClass, type ClassScores, type ConfusedPair } from './per-class'
export { type Predictions } from './predictions'
export type { RepresentationHealth } from './representation-health'
export { repeated, repeatedScores, type Repeated } from './repeated'
export { robustnessScores, type CorruptionResults, type RobustnessScores } from './robustness'
export { confusionMatrix, score } from './score'
export { type ScoreIntervals, type ScoreName } from './score-intervals'
export {
  sensitivityScores,
  type PictureChange,
  type SensitivityResults,
  type SensitivityScores,
} from './sensitivity'
export { probabilitiesOf, softmax, topK } from './softmax'
export type { TopLoss } from './top-loss'
export { fitTemperature, type Calibrated, type FittedTemperature, type Temperature } from './temperature'
