/** Learning rate and weight decay as pure functions of the update. */
import type { RecipeConfig } from '../config'

type RateConfig = Pick<
  RecipeConfig,
  'epochs' | 'learningRate' | 'minLearningRate' | 'warmupEpochs' | 'schedule' | 'stepEpochs' | 'stepGamma'
>

/**
 * Learning rate of an update, before the scales of layers and stages. With e = step / stepsPerEpoch, w warm-up epochs and
 * E epochs: lr · e / w while e < w (0 at the first update); then, for 'cosine',
 * min + (lr − min) · ½ (1 + cos π (e − w) / (E − w)), as MAE's util/lr_sched.py, by update;
 * for 'step', lr · γ^⌊e / stepEpochs⌋, not below min; for 'constant', lr.
 *
 * @param step update, from 0.
 */
export function learningRateAt(config: RateConfig, step: number, stepsPerEpoch: number): number {
  const { epochs, learningRate, minLearningRate, warmupEpochs } = config
  const epoch = Math.min(step / stepsPerEpoch, epochs)
  if (epoch < warmupEpochs) return (learningRate * epoch) / warmupEpochs
  switch (config.schedule) {
    case 'constant':
      return learningRate
    case 'step': {
      const steps = Math.floor(epoch / config.stepEpochs)
      return Math.max(minLearningRate, learningRate * config.stepGamma ** steps)
    }
    case 'cosine': {
      const done = epochs > warmupEpochs ? (epoch - warmupEpochs) / (epochs - warmupEpochs) : 1
      return halfCosine(learningRate, minLearningRate, done)
    }
  }
}

/** Weight decay of an update: from weightDecay to weightDecayEnd by half a cosine over all epochs (I-JEPA, DINO). */
export function weightDecayAt(
  config: Pick<RecipeConfig, 'epochs' | 'weightDecay' | 'weightDecayEnd'>,
  step: number,
  stepsPerEpoch: number,
): number {
  const done = Math.min(step / (config.epochs * stepsPerEpoch), 1)
  return halfCosine(config.weightDecay, config.weightDecayEnd, done)
}

/** From `start` to `end` as `done` goes from 0 to 1. */
const halfCosine = (start: number, end: number, done: number): number =>
  end + (start - end) * 0.5 * (1 + Math.cos(Math.PI * done))
