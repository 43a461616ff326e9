/** Runs judged side by side on the same held-out pictures. */
import type { Run, TrainEvent } from '../api'
import type { EvaluateConfig } from '../config'
import { openSplit, type Split } from '../dataset'
import { IjepaError } from '../errors'
import { analyseAsync, compareAsync, type Analysis, type Comparison } from '../metrics'
import { thumbnails } from '../native'
import type { Plan } from '../train'
import { evaluateAccuracy, type AccuracyResult } from './accuracy'
import { trainingViews, type TrainingViews } from './training-views'

/** Longest side of a thumbnail in the report, in pixels. */
const thumbnailSize = 96

export interface EvaluateRunsOptions {
  readonly plan: Plan
  readonly runs: readonly Run[]
  readonly config: EvaluateConfig
  readonly signal: AbortSignal
  readonly emit: (event: TrainEvent) => void
}

export interface EvaluatedSplit {
  readonly name: 'test' | 'validation' | 'given'
  readonly images: number
  /** It also chose the epoch, so its numbers are optimistic. */
  readonly choseTheEpoch: boolean
}

export interface EvaluatedRun {
  readonly run: Run
  readonly analysis: Analysis
  /** Printable name of the sample of each row. */
  readonly names: readonly string[]
  /** JPEG pictures of the analysis' mistakes and doubtful labels, by row; empty where pictures are left out. */
  readonly thumbnails: ReadonlyMap<number, Uint8Array>
  /** Of training pictures; undefined for a probe, and where pictures are left out. */
  readonly views: readonly TrainingViews[] | undefined
  readonly imagesPerSecond: number
  /** Pictures that could not be read. */
  readonly bad: readonly { file: string; reason: string }[]
}

export interface Evaluation {
  readonly split: EvaluatedSplit
  readonly runs: readonly EvaluatedRun[]
  /** Of each later run with the first. */
  readonly comparisons: readonly Comparison[]
}

export async function evaluateRuns(options: EvaluateRunsOptions): Promise<Evaluation> {
  const { split, ...evaluated } = await chooseSplit(options)
  if (split.labelSets) throw severalLabels()
  const results: AccuracyResult[] = []
  const runs: EvaluatedRun[] = []
  for (const [index, run] of options.runs.entries()) {
    const result = await evaluateAccuracy({
      ...options.plan.loading,
      device: options.plan.device,
      model: run.directory,
      split,
      classes: options.plan.dataset.classes,
      signal: options.signal,
      onProgress: (done, all) => {
        const before = index * all
        options.emit({
          type: 'evaluate',
          suite: 'accuracy',
          done: before + done,
          total: options.runs.length * all,
        })
      },
    })
    results.push(result)
    runs.push(await judge(run, result, split, options))
  }
  return {
    split: { ...evaluated, images: split.labels.length },
    runs,
    comparisons: await compareAll(results),
  }
}

function severalLabels(): IjepaError {
  const message =
    "evaluate judges one label a picture, and these have several: see the mAP and f1 of the run's validation, or predict"
  return new IjepaError('ERR_UNSUPPORTED', message)
}

async function judge(
  run: Run,
  result: AccuracyResult,
  split: Split,
  { plan, config, signal }: EvaluateRunsOptions,
): Promise<EvaluatedRun> {
  const { model } = result
  const analysis = await analyseAsync(result)
  signal.throwIfAborted()
  // Without the place of the data set, which is the same for all.
  const nameOf = (sample: number) => split.names[sample]?.slice(split.keyStarts[sample]) ?? String(sample)
  return {
    run,
    analysis,
    names: Array.from(result.samples, nameOf),
    thumbnails: config.thumbnails ? await picturesOf(analysis, result, split) : new Map<number, Uint8Array>(),
    views: config.thumbnails
      ? await trainingViews({ plan, run, model, size: thumbnailSize, signal })
      : undefined,
    imagesPerSecond: result.imagesPerSecond,
    bad: result.bad.map(({ sample, reason }) => ({ file: nameOf(sample), reason })),
  }
}

async function picturesOf(
  { mistakes, labelIssues }: Analysis,
  result: AccuracyResult,
  split: Split,
): Promise<Map<number, Uint8Array>> {
  const rows = [...new Set([...mistakes, ...labelIssues.first].map(({ row }) => row))]
  const samples = Int32Array.from(rows, (row) => result.samples[row] ?? 0)
  const pictures = await thumbnails(split.table, samples, thumbnailSize)
  return new Map(rows.flatMap((row, i) => (pictures[i] ? [[row, pictures[i]] as const] : [])))
}

async function compareAll([first, ...others]: readonly AccuracyResult[]): Promise<Comparison[]> {
  const comparisons: Comparison[] = []
  for (const other of others) if (first) comparisons.push(await compareAsync(first, other))
  return comparisons
}

async function chooseSplit({
  plan: { dataset, loading },
  config,
  signal,
}: EvaluateRunsOptions): Promise<{ split: Split; name: EvaluatedSplit['name']; choseTheEpoch: boolean }> {
  const wanted = config.split ?? (dataset.test ? 'test' : 'validation')
  if (wanted !== 'test' && wanted !== 'validation') {
    return {
      split: await openSplit(wanted, dataset.classes, { signal, onBadImage: loading.onBadImage }),
      name: 'given',
      choseTheEpoch: false,
    }
  }
  const split = dataset[wanted]
  if (split === undefined) {
    const message = `The data have no ${wanted} split to evaluate on: give data.test to the trainer, or split to evaluate`
    throw new IjepaError('ERR_DATASET', message)
  }
  return { split, name: wanted, choseTheEpoch: wanted === 'validation' }
}
