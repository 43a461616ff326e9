/** batchSize 'auto': as many pictures at a time as memory holds, found by a few real updates. */
import { effectiveBatch, type FinetuneConfig } from '../config'
import { deviceMemory, hasCode } from '../native'
import { stageAt } from '../schedule'
import { FinetuneLearner } from './finetune'
import { fewPictures, type Plan } from './plan'

/** On a CPU more of them at a time are no faster. */
const mostOnCpu = 64

/** Of the memory that is to be had, the share that an update may take: fragments and other stages take some. */
const margin = 0.9

/** Pictures of the second measurement; the first is of one. */
const measured = 8

/** Batches of pixels that the loader holds at a time. */
const loadedBatches = 4

/**
 * The configuration with the largest batchSize that memory holds and that divides the pictures of an update, which stay as many:
 * `gradientAccumulation` makes up for it. The same memory gives the same result. Updates are of a model of its own.
 */
export async function withFittingBatch(
  plan: Plan,
  config: FinetuneConfig,
  signal: AbortSignal,
): Promise<FinetuneConfig> {
  const images = effectiveBatch(config)
  const sizes = divisors(images).filter((size) => plan.device !== 'cpu' || size <= mostOnCpu)
  const { held, free } = deviceMemory(plan.device)
  const memory = Math.min(plan.memoryLimit ?? Infinity, held + free)
  const budget = margin * memory - loadedBytes(plan, images)
  const trial = await Trial.create(plan, config, sizes.at(-1)!, signal)
  try {
    const batchSize = await largestThatFits(sizes, (size) => trial.bytes(size), budget)
    const why = `'auto': what ${gigabytes(memory)} GB hold of the ${images} pictures of an update`
    return Object.freeze({
      ...config,
      batchSize,
      gradientAccumulation: images / batchSize,
      presetReasons: { ...config.presetReasons, batchSize: why },
    })
  } finally {
    await trial.dispose()
  }
}

/** Pixels that the loader of updates of so many pictures holds. */
export function loadedBytes({ encoder }: Plan, images: number): number {
  const { imageHeight, imageWidth } = encoder.geometry
  return loadedBatches * images * 3 * imageHeight * imageWidth
}

/**
 * The largest of `sizes`, ascending from 1, whose bytes are within the budget; `bytes` measures, and is undefined where memory ran
 * out. Small sizes are measured, larger ones reckoned from these by a straight line, and what is chosen measured again. 1 where
 * nothing fits.
 */
export async function largestThatFits(
  sizes: readonly number[],
  bytes: (size: number) => Promise<number | undefined>,
  budget: number,
): Promise<number> {
  const fits = (found: number | undefined): found is number => found !== undefined && found <= budget
  const firstThatFits = async (candidates: readonly number[]): Promise<number | undefined> => {
    for (const size of candidates) if (fits(await bytes(size))) return size
    return undefined
  }
  const descending = [...sizes].reverse()
  const second = descending.find((size) => size <= measured) ?? 1
  const one = await bytes(1)
  const some = second > 1 && fits(one) ? await bytes(second) : one
  if (!fits(one) || second === 1) return 1
  if (!fits(some)) return (await firstThatFits(descending.filter((size) => size < second && size > 1))) ?? 1
  const each = (some - one) / (second - 1)
  const larger = descending.filter((size) => size > second && some + each * (size - second) <= budget)
  return (await firstThatFits(larger)) ?? second
}

/** A model that updates of several sizes are tried with. */
class Trial {
  static async create(
    plan: Plan,
    config: FinetuneConfig,
    images: number,
    signal: AbortSignal,
  ): Promise<Trial> {
    const few = fewPictures(plan, { train: images, validation: 0 })
    // Without fixed views nothing is kept on the disk.
    const recipe = { ...config, views: null, batchSize: 1, gradientAccumulation: 1 }
    const learner = await FinetuneLearner.create(few, recipe, { folder: '', identity: '', signal })
    // The optimizer has then its state of all that ever trains.
    for (const stage of learner.stages) await learner.configure(stage, config.weightDecay)
    return new Trial(learner, plan.device, signal)
  }

  private constructor(
    private readonly learner: FinetuneLearner,
    private readonly device: string,
    private readonly signal: AbortSignal,
  ) {}

  /** Tensors at most in an update of so many pictures, in whichever stage has the most; undefined where memory ran out. */
  async bytes(size: number): Promise<number | undefined> {
    const { learner, device, signal } = this
    let most = 0
    try {
      await learner.useUpdatesOf(size)
      for (const { from } of learner.stages) {
        await learner.configure(stageAt(learner.stages, from), learner.config.weightDecay)
        deviceMemory(device) // forgets the peak before
        learner.startEpoch(0, 0)
        await learner.session.cancellable(signal, () => learner.step(0, learner.config.learningRate))
        await learner.readMeans() // waits for the device
        most = Math.max(most, deviceMemory(device).peak)
      }
      return most
    } catch (error) {
      if (hasCode(error, 'ERR_OUT_OF_MEMORY')) return undefined
      throw error
    }
  }

  dispose(): Promise<void> {
    return this.learner.dispose()
  }
}

/** Ascending, 1 and the number itself included. */
export function divisors(number: number): number[] {
  return Array.from({ length: number }, (_, index) => index + 1).filter((size) => number % size === 0)
}

const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1)
