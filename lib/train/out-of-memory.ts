/** What becomes of an update that memory cannot hold: it is made again, of smaller parts. */
import { IjepaError } from '../errors'
import { hasCode, liftCpuMemoryLimit, limitCpuMemory } from '../native'
import type { Learner } from './learner'
import type { Plan } from './plan'
import type { Recipe } from './run'
import type { Warn } from './snapshot'

export interface Update {
  readonly epoch: number
  /** In its epoch, which has begun. */
  readonly index: number
  readonly learningRate: number
}

/**
 * As learner.step(), but where memory runs out the learner computes half as many pictures at a time from there on, and half of
 * those, down to one: the update is that of the whole batch all the same. `warn` hears how many it came to.
 * @throws ERR_OUT_OF_MEMORY at one picture at a time
 */
export async function updateInMemory(
  learner: Learner,
  { epoch, index, learningRate }: Update,
  signal: AbortSignal | undefined,
  warn: Warn,
): Promise<number> {
  const { microBatch: before } = learner
  for (;;) {
    try {
      const rows = await learner.session.cancellable(signal, () => learner.step(index, learningRate))
      if (learner.microBatch < before) warn('WARN_OUT_OF_MEMORY', warningOf(learner, before))
      return rows
    } catch (error) {
      if (!hasCode(error, 'ERR_OUT_OF_MEMORY') || learner.microBatch === 1) throw error
      await learner.useMicroBatch(Math.floor(learner.microBatch / 2))
      learner.startEpoch(epoch, index) // the batch went with the update; it comes again, with the same draws
    }
  }
}

function warningOf({ microBatch }: Learner, before: number): string {
  return (
    `Memory does not hold ${before} pictures at a time: from here on ${microBatch} are computed at a time. ` +
    `Updates are those of as many pictures as before`
  )
}

/**
 * Does `work` with the CPU memory of the plan, so that too much of it is an error rather than the end of the process. On a GPU
 * the device's own memory is the limit.
 */
export async function withinMemory<T>({ device, memoryLimit }: Plan, work: () => Promise<T>): Promise<T> {
  if (device !== 'cpu') return work()
  limitCpuMemory(memoryLimit)
  try {
    return await work()
  } finally {
    liftCpuMemoryLimit()
  }
}

/** What ended a run, with what to do where that was memory. */
export function withMemoryAdvice(error: unknown, recipe: Recipe): unknown {
  if (!(error instanceof IjepaError) || error.code !== 'ERR_OUT_OF_MEMORY') return error
  const ways = ['smaller pictures (encoder: { from, imageSize })', 'a smaller encoder']
  if (recipe.kind === 'finetune') {
    if (!recipe.config.checkpointing) ways.unshift('checkpointing: true')
    ways.push('fewer trained blocks (freeze)')
  }
  const message = `There is too little memory even for one picture at a time (${error.message}). What needs less: ${ways.join(', ')}`
  return new IjepaError('ERR_OUT_OF_MEMORY', message, error.details, { cause: error })
}
