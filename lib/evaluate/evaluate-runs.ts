/** Runs judged side by side on the same held-out pictures. */
import { basename, join } from 'node:path'
import type { Run, TrainEvent } from '../api'
import type { EvaluateConfig, Suite } from '../config'
import { openSplit, type Dataset, type Folds, type Split } from '../dataset'
import { IjepaError } from '../errors'
import { groupAccuracyAsync, repeatedScores, type ColumnAccuracy, type Repeated } from '../metrics'
import { thumbnails } from '../native'
import type { Choice, Plan } from '../train'
import { evaluateAccuracy, type AccuracyResult } from './accuracy'
import {
  analysed,
  compared,
  labelledAlike,
  requireThreshold,
  scored,
  shownRows,
  type AnyAnalysis,
  type AnyComparison,
} from './label-kinds'
import { evaluateShift, openShifts, type ShiftResult } from './shifts'
import { trainingViews, type TrainingViews } from './training-views'
import { evaluateFolds } from './evaluate-folds'
import { explainAnswers, type ExplainedAnswers } from './explanations'
import { representationHealth, type RepresentationHealth } from './health'
import { groupColumns } from './group-columns'
import { evaluateLabelEfficiency, type LabelEfficiency, type SuiteTraining } from './label-efficiency'
import { evaluateRobustness, robustnessProgress, robustnessRows, type Robustness } from './robustness'
import { repetitionGroups, repetitionOf, type RepetitionGroup } from './repetitions'

/** Longest side of a thumbnail in the report, in pixels. */
const thumbnailSize = 96

/** Suites that runs of folds, which are judged each on its own part, cannot have. */
const needsOneSplit: readonly Suite[] = ['labelEfficiency', 'robustness']

export interface EvaluateRunsOptions {
  readonly plan: Plan
  readonly runs: readonly Run[]
  readonly config: EvaluateConfig
  /** The trainer's data in so many folds. */
  readonly openFolds: (count: number) => Promise<Folds>
  readonly training: SuiteTraining
  readonly signal: AbortSignal
  readonly emit: (event: TrainEvent) => void
}

export interface EvaluatedSplit {
  readonly name: 'test' | 'validation' | 'cross-validation' | 'given'
  readonly images: number
  /** It also chose the epoch, so its numbers are optimistic. */
  readonly choseTheEpoch: boolean
}

export interface EvaluatedRun {
  /** Whose answers these are: one run, or all of a cross-validation. */
  readonly runs: readonly Run[]
  readonly name: string
  readonly analysis: AnyAnalysis
  /** By column; empty where the bias suite was not asked for. */
  readonly groups: readonly ColumnAccuracy[]
  /** Printable name of the sample of each row. */
  readonly names: readonly string[]
  /** JPEG pictures of the analysis' mistakes and doubtful labels, by row; empty where pictures are left out. */
  readonly thumbnails: ReadonlyMap<number, Uint8Array>
  /** Of training pictures; undefined for a probe, and where pictures are left out. */
  readonly views: readonly TrainingViews[] | undefined
  /** Undefined for a cross-validation, for pictures with several labels, and where pictures are left out. */
  readonly explained: ExplainedAnswers | undefined
  /** Of a single probe's encoder. */
  readonly health: RepresentationHealth | undefined
  readonly imagesPerSecond: number
  /** Under corruptions; absent where it was not asked for. */
  readonly robustness?: Robustness
  /** On other data sets; absent where there are none. */
  readonly shifts?: readonly ShiftResult[]
  /** Pictures that could not be read. */
  readonly bad: readonly { file: string; reason: string }[]
}

/** One recipe trained several times; what each run scored by itself, in the order of its members. */
export interface EvaluatedRepetition extends RepetitionGroup {
  readonly scores: readonly AnyAnalysis['scores'][]
  /** Of every metric, over the runs; empty with one run. */
  readonly summary: Readonly<Record<string, Repeated>>
}

export interface Evaluation {
  readonly data: Pick<Dataset, 'summary' | 'fingerprint'>
  readonly split: EvaluatedSplit
  readonly runs: readonly EvaluatedRun[]
  readonly repetitions: readonly EvaluatedRepetition[]
  /** Of later ones of `runs`, by index, with the first: not of runs of one recipe, nor on other pictures. */
  readonly comparisons: readonly { first: number; second: number; result: AnyComparison }[]
  /** Of the trainer's encoder; absent where it was not asked for. */
  readonly labelEfficiency?: LabelEfficiency
}

export async function evaluateRuns(options: EvaluateRunsOptions): Promise<Evaluation> {
  const { split, suites, shifts } = options.config
  const ownParts = split === null || split === 'validation'
  const isFold = (run: Run): boolean => repetitionOf(run)?.over === 'folds'
  if (!ownParts || !options.runs.some(isFold)) return onOneSplit(options)
  if (shifts.length > 0 || suites.some((suite) => needsOneSplit.includes(suite))) throw noSuites()
  return onOwnFolds(options)
}

async function onOwnFolds(options: EvaluateRunsOptions): Promise<Evaluation> {
  const { folds, data } = await evaluateFolds(options)
  requireThreshold(data.whole, options.config)
  const runs: EvaluatedRun[] = []
  const repetitions: EvaluatedRepetition[] = []
  for (const { group, whole, pooled, own } of folds) {
    const members = group.members.map(({ run }) => run)
    runs.push(await judge(members, group.name, pooled, whole, options))
    const scores: AnyAnalysis['scores'][] = []
    for (const result of own) scores.push(await scored(result, options.config))
    repetitions.push({ ...group, scores, summary: repeatedScores(scores) })
  }
  const images = data.whole.labels.length
  return {
    data,
    split: { name: 'cross-validation', choseTheEpoch: true, images },
    runs,
    repetitions,
    comparisons: await compareAll(folds.map(({ pooled }) => pooled)),
  }
}

async function onOneSplit(options: EvaluateRunsOptions): Promise<Evaluation> {
  const { split, ...evaluated } = await chooseSplit(options)
  requireThreshold(split, options.config)
  const { suites, shifts } = options.config
  if (split.labelSets && suites.length + shifts.length > 1) throw oneLabelSuites()
  const groups = repetitionGroups(options.runs)
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
    runs.push(await judge([run], basename(run.directory), result, split, options))
  }
  const scoresOf = (run: Run) => runs[options.runs.indexOf(run)]!.analysis.scores
  const repetitions = groups.map((group) => {
    const scores = group.members.map(({ run }) => scoresOf(run))
    return { ...group, scores, summary: repeatedScores(scores) }
  })
  return {
    data: options.plan.dataset,
    split: { ...evaluated, images: split.labels.length },
    runs: await withShifts(await withRobustness(runs, results, split, options), results, options),
    repetitions,
    comparisons: await compareAll(results, twins(options.runs, groups)),
    ...(await suitesOf(split, options)),
  }
}

async function withRobustness(
  evaluated: readonly EvaluatedRun[],
  results: readonly AccuracyResult[],
  split: Split,
  options: EvaluateRunsOptions,
): Promise<EvaluatedRun[]> {
  const { runs, emit } = options
  const { suites, robustness: config, thumbnails: hasPictures } = options.config
  if (!suites.includes('robustness')) return [...evaluated]
  const rows = await robustnessRows(split, config, options)
  const total = runs.length * config.corruptions.length * config.severities.length * rows.length
  const onProgress = robustnessProgress(total, emit)
  const judged: EvaluatedRun[] = []
  for (const [index, run] of runs.entries()) {
    const own = { ...options, run, split, clean: results[index]!, config, onProgress }
    const robustness = await evaluateRobustness(rows, {
      ...own,
      thumbnailSize: hasPictures ? thumbnailSize : 0,
    })
    judged.push({ ...evaluated[index]!, robustness })
  }
  return judged
}

async function withShifts(
  evaluated: readonly EvaluatedRun[],
  results: readonly AccuracyResult[],
  { plan, runs, config, signal, emit }: EvaluateRunsOptions,
): Promise<EvaluatedRun[]> {
  if (config.shifts.length === 0) return [...evaluated]
  const opened = await openShifts(config.shifts, plan, signal)
  const images = opened.reduce((sum, { split }) => sum + split.labels.length, 0)
  let before = 0
  const judged: EvaluatedRun[] = []
  for (const [index, run] of runs.entries()) {
    const shifts: ShiftResult[] = []
    for (const shift of opened) {
      const onProgress = (done: number): void => {
        emit({ type: 'evaluate', suite: 'shifts', done: before + done, total: runs.length * images })
      }
      shifts.push(await evaluateShift(shift, { plan, run, clean: results[index]!, signal, onProgress }))
      before += shift.split.labels.length
    }
    judged.push({ ...evaluated[index]!, shifts })
  }
  return judged
}

async function suitesOf(
  split: Split,
  options: EvaluateRunsOptions,
): Promise<Pick<Evaluation, 'labelEfficiency'>> {
  const { runs, config } = options
  if (!config.suites.includes('labelEfficiency')) return {}
  const probe = runs.find(({ kind }) => kind === 'linear-probe')
  const { recipe, choice } = (probe?.config ?? {}) as { recipe?: { features?: string }; choice?: Choice }
  const features = choice?.candidates[choice.chosen]?.features ?? recipe?.features
  const labelEfficiency = await evaluateLabelEfficiency({
    ...options,
    split,
    config: config.labelEfficiency,
    budget: config.budget,
    features: features === 'last4' ? features : 'last',
    file: join(runs[0]!.directory, 'suites', 'label-efficiency.json'),
  })
  return { labelEfficiency }
}

function noSuites(): IjepaError {
  const message = `Runs of folds have no split in common for ${needsOneSplit.join(', ')} and shifts: give split, or leave these out`
  return new IjepaError('ERR_ARGUMENT', message)
}

function oneLabelSuites(): IjepaError {
  const message =
    'Of pictures with several labels accuracy alone is evaluated in this version: leave the other suites out'
  return new IjepaError('ERR_UNSUPPORTED', message)
}

async function judge(
  runs: readonly Run[],
  name: string,
  result: AccuracyResult,
  split: Split,
  { plan, config, signal, emit }: EvaluateRunsOptions,
): Promise<EvaluatedRun> {
  const { model } = result
  const [run, other] = runs as readonly [Run, ...Run[]]
  const analysis = await analysed(result, config)
  // Explanations and the representation's neighbours are of one label a picture.
  const ofOneLabel = other === undefined && !('labelSets' in analysis) ? analysis : undefined
  const groups = await groupsOf(result, split, plan, config)
  signal.throwIfAborted()
  // Without the place of the data set, which is the same for all.
  const nameOf = (sample: number) => split.names[sample]?.slice(split.keyStarts[sample]) ?? String(sample)
  return {
    runs,
    name,
    analysis,
    groups,
    names: Array.from(result.samples, nameOf),
    thumbnails: config.thumbnails ? await picturesOf(analysis, result, split) : new Map<number, Uint8Array>(),
    views: config.thumbnails
      ? await trainingViews({ plan, run, model, size: thumbnailSize, signal })
      : undefined,
    explained:
      ofOneLabel && config.thumbnails
        ? await explainAnswers({
            ...{ plan, run, split, result, signal, emit },
            analysis: ofOneLabel,
            size: thumbnailSize,
          })
        : undefined,
    health:
      ofOneLabel && run.kind === 'linear-probe'
        ? await representationHealth({ plan, run, split, signal, emit })
        : undefined,
    imagesPerSecond: result.imagesPerSecond,
    bad: result.bad.map(({ sample, reason }) => ({ file: nameOf(sample), reason })),
  }
}

async function groupsOf(
  result: AccuracyResult,
  split: Split,
  { dataset: { train, classes } }: Plan,
  { suites, groups: wanted }: EvaluateConfig,
): Promise<readonly ColumnAccuracy[]> {
  if (!suites.includes('bias')) return []
  const columns = groupColumns({ split, samples: result.samples, train, classes, wanted })
  return columns.length > 0 ? groupAccuracyAsync(result, columns) : []
}

async function picturesOf(
  analysis: AnyAnalysis,
  result: AccuracyResult,
  split: Split,
): Promise<Map<number, Uint8Array>> {
  const rows = shownRows(analysis)
  const samples = Int32Array.from(rows, (row) => result.samples[row] ?? 0)
  const pictures = await thumbnails(split.table, samples, thumbnailSize)
  return new Map(rows.flatMap((row, i) => (pictures[i] ? [[row, pictures[i]] as const] : [])))
}

/** Indices of runs that are the first one's recipe again. */
function twins(runs: readonly Run[], groups: readonly RepetitionGroup[]): ReadonlySet<number> {
  const group = groups.find(({ members }) => members.some(({ run }) => run === runs[0]))
  return new Set(group?.members.map(({ run }) => runs.indexOf(run)))
}

async function compareAll(
  results: readonly AccuracyResult[],
  left: ReadonlySet<number> = new Set(),
): Promise<Evaluation['comparisons']> {
  const [first] = results
  const comparisons: { first: number; second: number; result: AnyComparison }[] = []
  for (const [second, other] of results.entries()) {
    if (first === undefined || second === 0 || left.has(second) || !onSamePictures(first, other)) continue
    comparisons.push({ first: 0, second, result: await compared(first, other) })
  }
  return comparisons
}

function onSamePictures({ samples }: AccuracyResult, other: AccuracyResult): boolean {
  return samples.length === other.samples.length && samples.every((row, i) => row === other.samples[i])
}

async function chooseSplit({
  plan: { dataset, loading },
  config,
  signal,
}: EvaluateRunsOptions): Promise<{ split: Split; name: EvaluatedSplit['name']; choseTheEpoch: boolean }> {
  const wanted = config.split ?? (dataset.test ? 'test' : 'validation')
  if (wanted !== 'test' && wanted !== 'validation') {
    const given = await openSplit(wanted, dataset.classes, { signal, onBadImage: loading.onBadImage })
    return { split: labelledAlike(given, dataset), name: 'given', choseTheEpoch: false }
  }
  const split = dataset[wanted]
  if (split === undefined) {
    const message = `The data have no ${wanted} split to evaluate on: give data.test to the trainer, or split to evaluate`
    throw new IjepaError('ERR_DATASET', message)
  }
  return { split, name: wanted, choseTheEpoch: wanted === 'validation' }
}
