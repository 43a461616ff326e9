/** Pooled features of a whole split: those that are kept from before, and the rest computed now, part by part. */
import type { Split } from '../dataset'
import { IjepaError } from '../errors'
import type { Features, Loader, Session } from '../native'
import type { FeatureParts, UnreadSample } from './feature-cache'
import type { LeftOut } from './learner'

/** Pictures that are encoded at a time; a part is a whole number of batches, so that every batch is the same with a cache. */
export const encodingBatch = 64
export const partSamples = 16 * encodingBatch

export interface EncodeOptions {
  readonly session: Session
  readonly split: Split
  /** Of the split, in batches of `encodingBatch`; disposed by the caller. */
  readonly loader: Loader
  /** Of augmented pictures the number of the view. */
  readonly view: number
  /** The rows are appended to these, which are of so many layers. */
  readonly features: Features
  readonly layers: number
  readonly precision: 'fp32' | 'bf16' | 'fp16'
  /** Undefined: nothing is kept. */
  readonly parts: FeatureParts | undefined
  readonly signal: AbortSignal | undefined
  readonly onProgress: (done: number) => void
  readonly warn: (message: string) => void
}

/** Appends the features of the whole split; the samples of their rows, and what could not be read. */
export function encodeSplit(
  options: EncodeOptions,
): Promise<{ samples: Int32Array; leftOut: readonly LeftOut[] }> {
  return new Encoding(options).run()
}

interface Encoded {
  readonly samples: Int32Array
  readonly unread: readonly UnreadSample[]
}

class Encoding {
  private readonly samples: number[] = []
  private readonly unread: UnreadSample[] = []
  private parts: FeatureParts | undefined

  constructor(private readonly options: EncodeOptions) {
    this.parts = options.parts
  }

  async run() {
    const { split, signal } = this.options
    const total = split.labels.length
    for (let part = 0; part * partSamples < total; part++) {
      signal?.throwIfAborted()
      const samples = Math.min(partSamples, total - part * partSamples)
      if (!(await this.restore(part, samples))) await this.compute(part, samples)
    }
    const leftOut = this.unread.map(({ sample, reason }) => ({ file: split.names[sample]!, reason }))
    return { samples: Int32Array.from(this.samples), leftOut }
  }

  /** False where it is not there. A damaged one is removed, with a warning. */
  private async restore(part: number, count: number): Promise<boolean> {
    const { parts } = this
    if (!parts?.has(part)) return false
    const { session, split, features, signal, onProgress, warn } = this.options
    try {
      const unread = await parts.readUnread(part)
      const rows = count - unread.length
      const samples = await session.cancellable(signal, () =>
        session.restoreFeatures(parts.path(part), rows, split.labels, features),
      )
      this.samples.push(...samples)
      this.unread.push(...unread)
      onProgress(this.samples.length + this.unread.length)
      return true
    } catch (error) {
      if (!isFileError(error)) throw error
      warn(`${error.message}: ${count} pictures are encoded again`)
      await parts.remove(part)
      return false
    }
  }

  /** Where they are kept they are encoded apart: what the features then have of them is the file's. */
  private async compute(part: number, count: number): Promise<void> {
    const { session, features, layers } = this.options
    if (!this.parts) {
      await this.encode(part, count, features)
      return
    }
    const fresh = session.createFeatures(layers)
    try {
      const encoded = await this.encode(part, count, fresh)
      if (!(await this.keep(part, fresh, encoded))) await session.appendRows(fresh, features)
    } finally {
      fresh.dispose()
    }
  }

  private async encode(part: number, count: number, features: Features): Promise<Encoded> {
    const { session, loader, view, precision, signal, onProgress } = this.options
    const begin = part * partSamples
    const samples: number[] = []
    loader.start(
      Int32Array.from({ length: count }, (_, index) => begin + index),
      view,
    )
    for (;;) {
      const batch = await session.cancellable(signal, () =>
        session.appendFeatures(loader, features, precision),
      )
      if (batch.length === 0) break
      samples.push(...batch)
      onProgress(this.samples.length + samples.length + this.unread.length)
    }
    const unread = loader.bad().filter(({ sample }) => sample >= begin && sample < begin + count)
    this.samples.push(...samples)
    this.unread.push(...unread)
    return { samples: Int32Array.from(samples), unread }
  }

  /** Appends what it has kept. False where it cannot be kept, nor anything after it. */
  private async keep(part: number, fresh: Features, { samples, unread }: Encoded): Promise<boolean> {
    const { session, split, features, warn } = this.options
    const { parts } = this
    const rows = samples.length
    if (!parts || rows === 0) return false
    try {
      await parts.writeUnread(part, unread)
      await session.writeFeatures(fresh, [0, rows], samples, parts.path(part), features.rows)
      await session.restoreFeatures(parts.path(part), rows, split.labels, features)
      return true
    } catch (error) {
      if (!isFileError(error)) throw error
      warn(`${error.message}. These features are not kept`)
      this.parts = undefined
      return false
    }
  }
}

export const isFileError = (error: unknown): error is IjepaError =>
  error instanceof IjepaError && error.code === 'ERR_FILE'
