/** A run's decisions on the same pictures, changed: what the robustness and the sensitivity suite have in common. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Run } from '../api'
import { contentFingerprint, epochOrder, openSubset, sequentialOrder, subset, type Split } from '../dataset'
import {
  evaluationLoader,
  logitsOf,
  modelFolder,
  openClassifier,
  type EvaluationLoaderOptions,
  type ModelDescription,
} from '../inference'
import { packageVersion, type Session } from '../native'
import type { Plan } from '../train'
import type { AccuracyResult } from './accuracy'
import { KeptResults } from './kept-results'
import { largestLogit } from './largest-logit'

const batchSize = 64

/** What is done to the resized pictures. */
export type PictureLoading = Pick<EvaluationLoaderOptions, 'corruption' | 'perturbation'>

export interface ChangedOptions {
  readonly plan: Plan
  readonly run: Run
  /** What judges, and what the run made of it. */
  readonly split: Split
  readonly clean: AccuracyResult
  readonly signal: AbortSignal
  /** So many more pictures are done. */
  readonly onProgress: (pictures: number) => void
}

/** Samples of the split that are changed: all, or so many of every class alike, by the trainer's seed. */
export async function changedRows(
  { labels, ...split }: Split,
  maxImages: number | null,
  { plan, signal }: Pick<ChangedOptions, 'plan' | 'signal'>,
): Promise<Int32Array> {
  const all = labels.length
  if (maxImages === null || maxImages >= all) return epochOrder(all, plan.seed, 0).sort()
  const context = { seed: plan.seed, classes: plan.dataset.classes, option: 'maxImages', signal }
  const { rows } = await openSubset({ labels, ...split }, { fraction: maxImages / all }, context)
  if (rows.length <= maxImages) return rows
  const kept = epochOrder(rows.length, plan.seed, 0).subarray(0, maxImages)
  return Int32Array.from(kept, (place) => rows[place]!).sort()
}

/** That not all pictures of the split were changed, where it is so. */
export const leftOutNotes = (images: number, all: number): string[] =>
  images < all
    ? [`Measured on ${images} of ${all} images, of every class alike: budget 'full' takes all`]
    : []

/** What the run said of the rows as they are; those that could not be read are left out. */
export interface CleanAnswers {
  readonly samples: Int32Array
  readonly labels: Int32Array
  readonly decisions: Int32Array
}

export function cleanAnswers(rows: Int32Array, { logits, labels, samples }: AccuracyResult): CleanAnswers {
  const placeOf = new Map(Array.from(samples, (sample, place) => [sample, place]))
  const read = rows.filter((sample) => placeOf.has(sample))
  const decided = decisionsOf(logits, labels.length)
  const places = read.map((sample) => placeOf.get(sample)!)
  return {
    samples: read,
    labels: places.map((place) => labels[place]!),
    decisions: places.map((place) => decided[place]!),
  }
}

/** By row the class with the largest logit, the first of equal ones. */
function decisionsOf(logits: Float32Array, rows: number): Int32Array {
  const classes = logits.length / rows
  const all = sequentialOrder(classes)
  return Int32Array.from({ length: rows }, (_, row) => largestLogit(logits, row * classes, all))
}

export interface KeptChanges {
  /** Of the file beside the run. */
  readonly name: string
  readonly changes: readonly { readonly key: string; readonly loading: PictureLoading }[]
  /** What is kept of the class decided of each sample. */
  readonly pack: (decisions: Int32Array) => string
  /** Whether it is what was kept of as many samples. */
  readonly isWhole: (packed: string) => boolean
}

/** What is kept of each change. The model is opened where something is still to be measured. */
export async function decisionsUnder(
  { name, changes, pack, isWhole }: KeptChanges,
  samples: Int32Array,
  options: ChangedOptions,
): Promise<string[]> {
  const { run, plan, signal, onProgress } = options
  const kept = await KeptResults.open(
    join(run.directory, 'suites', `${name}.json`),
    await identityOf(samples, options),
    (value): value is string => typeof value === 'string' && isWhole(value),
  )
  const found: string[] = []
  let model: Awaited<ReturnType<typeof openClassifier>> | undefined
  try {
    for (const { key, loading } of changes) {
      if (kept.has(key)) onProgress(samples.length)
      const measured = await kept.result(key, async () => {
        model ??= await openClassifier(run.directory, { ...plan.loading, device: plan.device, signal })
        return pack(await measure(loading, samples, model, options))
      })
      found.push(measured)
    }
  } finally {
    await model?.session.dispose()
  }
  return found
}

async function identityOf(
  samples: Int32Array,
  { plan, run, split, clean, signal }: ChangedOptions,
): Promise<object> {
  const { size, mtimeMs } = await stat(join(modelFolder(run.directory), 'model.safetensors'))
  return {
    version: packageVersion(),
    model: [size, mtimeMs],
    judgedOn: [
      await contentFingerprint(subset(split, samples).table, { signal }),
      Array.from(samples, (row) => split.labels[row]),
    ],
    preprocessing: clean.model.preprocessing,
    alpha: plan.loading.alpha,
    seed: plan.seed,
  }
}

async function measure(
  loading: PictureLoading,
  samples: Int32Array,
  { session, model }: { session: Session; model: ModelDescription },
  { plan, split, signal, onProgress }: ChangedOptions,
): Promise<Int32Array> {
  const loader = evaluationLoader(split.table, { ...plan.loading, ...model, batchSize, ...loading })
  let before = 0
  try {
    const { logits, samples: read } = await logitsOf(session, loader, samples, model.classes.length, {
      precision: 'fp32',
      signal,
      onProgress: (done) => {
        onProgress(done - before)
        before = done
      },
    })
    return decisionsOf(logits, read.length)
  } finally {
    loader.dispose()
  }
}

/** Over several runs, as the events of one suite. */
export function changesProgress(
  suite: 'robustness' | 'sensitivity',
  total: number,
  emit: (event: { type: 'evaluate'; suite: string; done: number; total: number }) => void,
): (pictures: number) => void {
  let done = 0
  return (pictures) => {
    done += pictures
    emit({ type: 'evaluate', suite, done, total })
  }
}
