/** The accuracy suite: a classifier's logits on a labelled split. */
import type { Precision } from '../api'
import { sequentialOrder, type Split } from '../dataset'
import { IjepaError } from '../errors'
import { evaluationLoader, logitsOf, openClassifier, type ModelDescription } from '../inference'

export interface AccuracyOptions {
  /** A run's folder (its best checkpoint), or a checkpoint's. */
  readonly model: string
  readonly split: Split
  readonly classes: readonly string[]
  readonly device: string
  readonly threads: number
  readonly precision: Precision
  readonly alpha: 'white' | 'ignore'
  readonly onBadImage: 'throw' | 'skip'
  readonly signal?: AbortSignal
  readonly onProgress: (done: number, total: number) => void
}

export interface AccuracyResult {
  /** [rows, C], row-major. */
  readonly logits: Float32Array
  /** In which they were computed. */
  readonly precision: Precision
  readonly labels: Int32Array
  /** All classes of each row, where a picture may have several. */
  readonly labelSets?: readonly (readonly number[])[]
  /** Sample indices of the rows. */
  readonly samples: Int32Array
  readonly bad: readonly { sample: number; reason: string }[]
  /** After the first batch, loading included. */
  readonly imagesPerSecond: number
  /** Of the classifier that gave them. */
  readonly model: Pick<ModelDescription, 'geometry' | 'preprocessing' | 'temperature'>
}

const batchSize = 64

/** Loads the model, runs the split, frees the model. */
export async function evaluateAccuracy(options: AccuracyOptions): Promise<AccuracyResult> {
  const { split, classes, threads, precision, alpha, onBadImage, signal, onProgress } = options
  const { session, model } = await openClassifier(options.model, options)
  try {
    requireClasses(options.model, model.classes, classes)
    const loader = evaluationLoader(split.table, { ...model, batchSize, threads, alpha, onBadImage })
    try {
      const begun = performance.now()
      const order = sequentialOrder(split.labels.length)
      let first: { readonly done: number; readonly at: number } | undefined
      const { logits, samples } = await logitsOf(session, loader, order, classes.length, {
        precision,
        signal,
        onProgress: (done, total) => {
          first ??= { done, at: performance.now() }
          onProgress(done, total)
        },
      })
      const imagesPerSecond = rateOf(samples.length, begun, first)
      const labels = samples.map((sample) => split.labels[sample] ?? -1)
      const { labelSets: sets } = split
      const labelSets = sets && Array.from(samples, (sample) => sets[sample] ?? [])
      const answers = { logits, precision, labels, samples, ...(labelSets ? { labelSets } : {}) }
      return { ...answers, bad: loader.bad(), imagesPerSecond, model }
    } finally {
      loader.dispose()
    }
  } finally {
    await session.dispose()
  }
}

/** Without the first batch, in which kernels are chosen and threads begin; with it where there is no other. Times in milliseconds. */
function rateOf(
  images: number,
  begun: number,
  first?: { readonly done: number; readonly at: number },
): number {
  const [from, before] = first && first.done < images ? [first.at, first.done] : [begun, 0]
  return (images - before) / ((performance.now() - from) / 1000)
}

/** The data's classes are matched to the classifier's by name before; here they must be the same list. */
function requireClasses(path: string, saved: readonly string[], data: readonly string[]): void {
  if (saved.length === data.length && saved.every((name, index) => name === data[index])) return
  throw new IjepaError('ERR_DATASET', `The classes of ${path} are not those of the data`, { saved, data })
}
