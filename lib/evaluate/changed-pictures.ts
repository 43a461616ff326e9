/** A run's decisions on the same pictures, changed: what the robustness and the sensitivity suite have in common. */
import { join } from 'node:path'
import type { Run } from '../api'
import { sequentialOrder, type Split } from '../dataset'
import {
  evaluationLoader,
  logitsOf,
  openClassifier,
  type EvaluationLoaderOptions,
  type ModelDescription,
} from '../inference'
import { packageVersion, type Session } from '../native'
import type { Plan } from '../train'
import type { AccuracyResult } from './accuracy'
import { KeptResults } from './kept-results'
import { largestLogit } from './largest-logit'
import { modelStamp } from './model-stamp'
import type { PictureHashes } from './picture-hashes'

const batchSize = 64

/** What is done to the resized pictures. */
export type PictureLoading = Pick<EvaluationLoaderOptions, 'corruption' | 'perturbation'>

export interface ChangedOptions {
  readonly plan: Plan
  readonly run: Run
  /** What judges, and what the run made of it. */
  readonly split: Split
  readonly hashes: PictureHashes
  readonly clean: AccuracyResult
  readonly signal: AbortSignal
  /** So many more pictures are done. */
  readonly onProgress: (pictures: number) => void
}

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
  { plan, run, split, hashes, clean }: ChangedOptions,
): Promise<object> {
  return {
    version: packageVersion(),
    model: await modelStamp(run),
    judgedOn: [await hashes.of(samples), Array.from(samples, (row) => split.labels[row])],
    preprocessing: clean.model.preprocessing,
    ...(clean.precision === 'fp32' ? {} : { precision: clean.precision }),
    alpha: plan.loading.alpha,
    seed: plan.seed,
  }
}

async function measure(
  loading: PictureLoading,
  samples: Int32Array,
  { session, model }: { session: Session; model: ModelDescription },
  { plan, split, clean: { precision }, signal, onProgress }: ChangedOptions,
): Promise<Int32Array> {
  const loader = evaluationLoader(split.table, { ...plan.loading, ...model, batchSize, ...loading })
  let before = 0
  try {
    const { logits, samples: read } = await logitsOf(session, loader, samples, model.classes.length, {
      precision,
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
