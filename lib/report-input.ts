/** From an evaluation to what a report is built from: each run's own record beside its results. */
import { basename, dirname, relative } from 'node:path'
import type { CheckpointInfo, DataSummary, Run } from './api'
import type { DatasetWarning } from './dataset'
import type { EvaluatedRepetition, EvaluatedRun, Evaluation } from './evaluate'
import { environment, packageVersion } from './native'
import { meanHistory, metricWords, type ReportInput } from './report'
import type { Choice, Conditions, Plan } from './train'

/** The parts of a run's config.json that a report shows. */
interface RunRecord {
  readonly kind: Run['kind']
  readonly trainer: {
    readonly encoder: unknown
    readonly data: { readonly train: unknown }
    readonly seed: number
  }
  readonly recipe: Readonly<Record<string, unknown>> & {
    readonly warnings?: readonly string[]
    /** Absent in runs of older versions. */
    readonly bestBy?: string | null
    readonly earlyStopping?: { readonly metric: string } | null
  }
  readonly encoder: CheckpointInfo
  readonly parameters: { readonly total: number; readonly trainable: number }
  readonly freezing?: readonly string[]
  readonly choice?: Choice
  readonly conditions: Conditions
  readonly repetition?: { readonly seed: number }
}

export function reportInput(plan: Plan, evaluation: Evaluation): ReportInput {
  const { data, split, runs, repetitions, comparisons, labelEfficiency } = evaluation
  const { preprocessing, device, threads } = plan
  const records = runs.map(({ runs: [run] }) => recordOf(run!))
  const source = records[0]?.trainer.data.train
  const { torchLoaded, cpu, jpegDecoder, imageDecoder } = environment()
  return {
    createdAt: new Date().toISOString(),
    library: { name: 'ijepa-classify', version: packageVersion() },
    data: {
      ...data.summary,
      skipped: [...data.summary.skipped, ...leftOutBy(runs)],
      fingerprint: data.fingerprint,
      ...(typeof source === 'string' ? { source: shortPath(source) } : {}),
    },
    split: {
      name: split.name,
      fingerprint: split.fingerprint,
      usedFor: usedFor(split, records, plan.dataset),
      ...(split.leaked ? { leaked: split.leaked } : {}),
    },
    preprocessing: { ...preprocessing },
    environment: {
      LibTorch: torchLoaded,
      device,
      CPU: cpu,
      threads,
      Node: process.version,
      JPEG: jpegDecoder,
      'other pictures': imageDecoder,
    },
    runs: runs.map((evaluated, index) => runInput(evaluated, records[index]!)),
    comparisons,
    repetitions: repetitions.map(repetitionInput),
    ...(labelEfficiency
      ? { labelEfficiency: { ...labelEfficiency, encoder: sourceOf(records[0]!.trainer.encoder) } }
      : {}),
    warnings: [
      ...dataWarnings(evaluation),
      ...records
        .flatMap(({ recipe }) => recipe.warnings ?? [])
        .map((message) => ({ code: 'WARN_CONFIG', message })),
      ...runs.flatMap((run) => otherImages(run, plan)),
      ...runs
        .flatMap(({ bad }) => bad)
        .map(({ file, reason }) => ({ code: 'WARN_IMAGE', message: `${file}: ${reason}` })),
    ],
  }
}

/** Without what the report says with numbers: pictures of the judged split that are in train too. */
function dataWarnings({ data, split }: Evaluation): NonNullable<ReportInput['warnings']> {
  const isTold = (warning: DatasetWarning): boolean =>
    warning.code === 'pictures-on-both-sides' && warning.split === split.name && !!split.leaked?.names.length
  return (data.summary.warnings as readonly DatasetWarning[])
    .filter((warning) => !isTold(warning))
    .map(({ code, message }) => ({ code, message }))
}

/** Counts of training images are the trainer's: a run of other ones is said to be so. */
function otherImages({ name, otherTrainImages }: EvaluatedRun, { dataset }: Plan): Warning[] {
  if (otherTrainImages === undefined) return []
  const counted = dataset.train.labels.length.toLocaleString('en-US')
  const own = otherTrainImages.toLocaleString('en-US')
  const message = `${name} was not trained on the ${counted} images that this report counts, but on ${own}.`
  return [{ code: 'WARN_DATA', message }]
}

type Warning = NonNullable<ReportInput['warnings']>[number]

/** What else the split has decided: its numbers are then somewhat too good. */
function usedFor(
  { name, choseTheEpoch }: Evaluation['split'],
  records: readonly RunRecord[],
  { multiLabel }: Plan['dataset'],
): string[] {
  const chose = name.endsWith('validation') && records.some(({ choice }) => choice?.judgedBy === 'validation')
  const plain = records.every(({ recipe }) => recipe.head === 'linear' && recipe.features !== 'both')
  // A probe's is its last, unless validation has ended it.
  const metrics = records.flatMap(({ kind, recipe: { bestBy, earlyStopping } }) => {
    if (kind === 'linear-probe') return earlyStopping ? [earlyStopping.metric] : []
    return [bestBy ?? earlyStopping?.metric ?? (multiLabel ? 'mAP' : 'top1')]
  })
  const by = [...new Set(metrics)].map(metricWords).join(' and ')
  return [
    ...(choseTheEpoch && by ? [`the best epoch (by ${by})`] : []),
    ...(chose ? [plain ? 'learning rate and weight decay' : 'the head and its hyper-parameters'] : []),
  ]
}

/** Pictures that the runs could not read, each once; a run that this process made or opened knows its own. */
function leftOutBy(runs: readonly EvaluatedRun[]): DataSummary['skipped'] {
  const all = runs.flatMap((evaluated) =>
    evaluated.runs.flatMap((run) => (run as { leftOut?: DataSummary['skipped'] }).leftOut ?? []),
  )
  return [...new Map(all.map((picture) => [picture.file, picture])).values()]
}

function runInput(evaluated: EvaluatedRun, record: RunRecord): ReportInput['runs'][number] {
  const { analysis, groups, names, thumbnails, precision, imagesPerSecond } = evaluated
  return {
    name: evaluated.name,
    ...trainingOf(evaluated),
    encoder: { ...record.encoder, source: sourceOf(record.trainer.encoder) },
    config: record.recipe,
    parameters: record.parameters,
    ...(record.freezing === undefined ? {} : { freezing: record.freezing }),
    ...(record.choice && evaluated.runs.length === 1 ? { choice: choiceOf(record.choice) } : {}),
    seed: record.repetition?.seed ?? record.trainer.seed,
    precision,
    imagesPerSecond,
    analysis,
    ...(groups.length > 0 ? { groups } : {}),
    files: names,
    ...(thumbnails.size > 0 ? { thumbnails } : {}),
    ...measuredOf(evaluated),
  }
}

/** What a report has of some runs alone, under the same names. */
const sometimes = [
  'views',
  'explained',
  'health',
  'robustness',
  'sensitivity',
  'withoutLeaked',
  'realLabels',
  'shifts',
  'cueConflict',
] as const

type Measured = Partial<Pick<ReportInput['runs'][number], (typeof sometimes)[number]>>

function measuredOf(evaluated: EvaluatedRun): Measured {
  const found = sometimes.filter((name) => evaluated[name] !== undefined)
  return Object.fromEntries(found.map((name) => [name, evaluated[name]]))
}

/** Its temperature is said where calibration is. */
function choiceOf({ temperature: _, ...choice }: Choice): Omit<Choice, 'temperature'> {
  return choice
}

/** How the run was trained; of a cross-validation the means of its runs. */
function trainingOf({
  runs,
}: EvaluatedRun): Pick<ReportInput['runs'][number], 'kind' | 'directory' | 'history' | 'best' | 'folds'> {
  const [run, other] = runs
  const { kind, directory, history, best } = run!
  if (other === undefined) return { kind, directory, history, best }
  return {
    kind,
    directory: dirname(directory),
    history: meanHistory(runs.map((fold) => fold.history)),
    best: null,
    folds: runs.length,
  }
}

function repetitionInput({ over, name, of, members, scores, summary }: EvaluatedRepetition) {
  const runs = members.map(({ run, repetition }, index) => ({
    name: basename(run.directory),
    directory: run.directory,
    seed: repetition.seed,
    history: run.history,
    best: run.best,
    scores: scores[index]!,
  }))
  return { over, name, of, runs, scores: summary }
}

function recordOf({ config }: Run): RunRecord {
  return config as unknown as RunRecord
}

/** The encoder's file, as an option names it. */
export function sourceOf(encoder: unknown): string {
  const from = typeof encoder === 'string' ? encoder : (encoder as { from?: string }).from
  return from === undefined ? 'random weights' : shortPath(from)
}

/** From where the person stands, when it lies below. */
function shortPath(path: string): string {
  const from = relative(process.cwd(), path)
  return from === '' || from.startsWith('..') ? path : from
}
