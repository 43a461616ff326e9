/** The learning-rate range test of a fine-tune: a model of its own, trained for some updates at rising rates, thrown away. */
import type { FinetuneConfig } from '../config'
import { IjepaError } from '../errors'
import { hasDiverged, risingRates, smoothed, stageAt, suggestedRate, type RateRange } from '../schedule'
import { FinetuneLearner } from './finetune'
import { updateInMemory } from './out-of-memory'
import type { Plan } from './plan'

/** One number an update, but for the suggestion. */
export interface RateTest {
  readonly learningRates: readonly number[]
  readonly losses: readonly number[]
  /** Exponential means of the losses. */
  readonly means: readonly number[]
  readonly suggestion: number
}

/**
 * Trains the first stage of `config` for `range.steps` updates; ends before where the loss diverges.
 * @throws ERR_LOSS_NOT_FINITE: already at the lowest rates
 */
export async function findLearningRate(
  plan: Plan,
  config: FinetuneConfig,
  range: RateRange,
  signal: AbortSignal,
): Promise<RateTest> {
  // Without fixed views nothing is kept on the disk.
  const learner = await FinetuneLearner.create(
    plan,
    { ...config, views: null },
    { folder: '', identity: '', signal },
  )
  try {
    await learner.configure(stageAt(learner.stages, 0), config.weightDecay)
    const rates = risingRates(range)
    const losses = await lossesOver(learner, rates, signal)
    if (losses.length < 3) {
      const message = `The loss is not finite at learning rates from ${range.from} on: lower 'from', or look at the pictures`
      throw new IjepaError('ERR_LOSS_NOT_FINITE', message, { from: range.from })
    }
    const learningRates = rates.slice(0, losses.length)
    return { learningRates, losses, means: smoothed(losses), suggestion: suggestedRate(rates, losses) }
  } finally {
    await learner.dispose()
  }
}

/** The loss of each update, up to the first that is not finite or shows that the training diverges. */
async function lossesOver(
  learner: FinetuneLearner,
  rates: readonly number[],
  signal: AbortSignal,
): Promise<number[]> {
  const { session } = learner
  const losses: number[] = []
  let [epoch, index] = [0, 0]
  const silent = () => undefined
  learner.startEpoch(epoch, 0)
  while (losses.length < rates.length && !hasDiverged(losses)) {
    const update = { epoch, index, learningRate: rates[losses.length]! }
    const rows = index < learner.stepsPerEpoch ? await updateInMemory(learner, update, signal, silent) : 0
    if (rows === 0) {
      if (index === 0) break // bad pictures left none
      ;[epoch, index] = [epoch + 1, 0]
      learner.startEpoch(epoch, 0)
      continue
    }
    index++
    const { loss, updates } = await session.readMeans()
    if (updates === 0 || !Number.isFinite(loss)) break
    losses.push(loss)
  }
  return losses
}
