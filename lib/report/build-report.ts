/** Results of an evaluation to the data of a report: nothing is measured here, and nothing is drawn. */
import { setImmediate } from 'node:timers/promises'
import { IjepaError } from '../errors'
import type { Analysis, ColumnAccuracy } from '../metrics'
import { concernsOf } from './concerns'
import { explanationsOf } from './explanations'
import { healthOf } from './health'
import { repetitionSection } from './repetitions'
import {
  formatVersion,
  type GroupColumnEntry,
  type ReportDocument,
  type ReportInput,
  type RobustnessInput,
  type RobustnessSection,
  type RunInput,
  type RunSection,
  type SensitivityInput,
  type SensitivitySection,
  type ViewsEntry,
  type ViewsInput,
} from './report-data'
import { labelSetSection, resultsOf } from './results'
import { withInterval } from './score-entries'

/** Skipped files, and images that leaked, that are listed by name; the others are counted. */
const listedFiles = 1000
/**
 * Pure: the same input gives the same data, and JSON holds all of it.
 * @throws ERR_ARGUMENT: no runs, or runs judged on different samples or classes; ERR_NOT_FINITE: a score is not finite
 */
export function buildReport(input: ReportInput): ReportDocument {
  requireSameSamples(input)
  return withRuns(
    input,
    input.runs.map((run) => plain(runSection(run))),
  )
}

/** The same, each run in a turn of the event loop of its own. @throws as buildReport */
export async function buildReportInTurns(input: ReportInput): Promise<ReportDocument> {
  requireSameSamples(input)
  const runs: RunSection[] = []
  for (const run of input.runs) {
    runs.push(plain(runSection(run)))
    await setImmediate()
  }
  return withRuns(input, runs)
}

/** Through JSON once: what is drawn now and what is drawn from report.json later is the same to the last bit. */
function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}

function withRuns(input: ReportInput, runs: readonly RunSection[]): ReportDocument {
  const { samples } = input.runs[0]!.analysis.scores
  const labels = labelSetSection(input.runs[0]!)
  const { skipped, fingerprint = null, source = null, classes, splits } = input.data
  const document: ReportDocument = {
    formatVersion,
    createdAt: input.createdAt,
    library: input.library,
    data: {
      source,
      classes,
      splits,
      skipped: { count: skipped.length, files: skipped.slice(0, listedFiles) },
      fingerprint,
    },
    evaluation: {
      split: input.split.name,
      samples,
      ...(input.split.fingerprint === undefined ? {} : { fingerprint: input.split.fingerprint }),
      usedFor: input.split.usedFor,
      ...(input.split.leaked ? { leaked: leakedSection(input.split.leaked) } : {}),
      preprocessing: input.preprocessing,
      ...(labels ? { labels } : {}),
    },
    environment: input.environment,
    runs: [],
    comparisons: input.comparisons.map(({ first, second, result: { interval, ...counts } }) => ({
      first,
      second,
      ...counts,
      low: interval.low,
      high: interval.high,
    })),
    ...(input.repetitions?.length ? { repetitions: input.repetitions.map(repetitionSection) } : {}),
    ...(input.labelEfficiency ? { labelEfficiency: [input.labelEfficiency] } : {}),
    warnings: input.warnings ?? [],
    concerns: [],
  }
  const whole = { ...plain(document), runs }
  return { ...whole, concerns: concernsOf(whole) }
}

function requireSameSamples({ runs, data }: ReportInput): void {
  const samples = runs[0]?.analysis.scores.samples
  if (samples === undefined)
    throw new IjepaError('ERR_ARGUMENT', 'Expected at least one run to report on, got none')
  runs.forEach((run) => requireSame(run, samples, data.classes.length))
}

function leakedSection({
  names,
  comparedBy,
}: NonNullable<ReportInput['split']['leaked']>): ReportDocument['evaluation']['leaked'] {
  return { images: names.length, comparedBy, files: names.slice(0, listedFiles) }
}

function requireSame(run: RunInput, samples: number, classes: number): void {
  const { scores, perClass } = run.analysis
  if (scores.samples === samples && perClass.length === classes && run.files.length === samples) return
  throw new IjepaError(
    'ERR_ARGUMENT',
    `Expected every run judged on the same ${samples} samples of ${classes} classes; ${run.name} has ${scores.samples} samples, ${perClass.length} classes and ${run.files.length} files`,
  )
}

function runSection(run: RunInput): RunSection {
  const { perGroupTop1 } = run.analysis.scores as Analysis['scores']
  return {
    kind: run.kind,
    name: run.name,
    directory: run.directory,
    encoder: run.encoder,
    seed: run.seed,
    precision: run.precision,
    imagesPerSecond: run.imagesPerSecond ?? null,
    seconds: run.history.reduce((sum, epoch) => sum + epoch.seconds, 0),
    parameters: run.parameters,
    ...asItIs(run),
    config: run.config,
    history: run.history.map(({ epoch, best, seconds, train, validation }) => ({
      epoch,
      best,
      seconds,
      train: train as Record<string, number>,
      validation: (validation as Record<string, number> | undefined) ?? null,
    })),
    best: run.best as RunSection['best'],
    ...(run.folds === undefined ? {} : { folds: run.folds }),
    ...resultsOf(run),
    ...(run.views === undefined ? {} : { views: run.views.map(viewsEntry) }),
    ...(run.robustness === undefined ? {} : { robustness: robustnessEntry(run.robustness) }),
    ...(run.sensitivity === undefined ? {} : { sensitivity: sensitivityEntry(run.sensitivity) }),
    ...(run.explained === undefined ? {} : { explanations: explanationsOf(run.explained, run.files) }),
    ...(run.health === undefined ? {} : { health: healthOf(run.health) }),
    groups: perGroupTop1 ?? null,
    ...(run.groups === undefined ? {} : { groupColumns: run.groups.map(groupColumnEntry) }),
  }
}

/** What some runs have, as the report has it. */
const unchanged = ['freezing', 'choice', 'withoutLeaked', 'realLabels', 'shifts', 'cueConflict'] as const

function asItIs(run: RunInput): Partial<Pick<RunSection, (typeof unchanged)[number]>> {
  const found = unchanged.filter((name) => run[name] !== undefined)
  return Object.fromEntries(found.map((name) => [name, run[name]]))
}

function groupColumnEntry({ column, groups, gap, adjusted }: ColumnAccuracy): GroupColumnEntry {
  return {
    column,
    groups: groups.map(({ top1, interval, ...group }) => ({
      ...group,
      top1: top1 === undefined ? null : withInterval(top1, interval),
    })),
    gap: gap
      ? {
          best: gap.best,
          worst: gap.worst,
          difference: withInterval(gap.difference, gap.differenceInterval),
          ratio: gap.ratio === undefined ? null : withInterval(gap.ratio, gap.ratioInterval),
          p: gap.p,
        }
      : null,
    adjusted: adjusted ?? null,
  }
}

function viewsEntry({ pictures, ...picture }: ViewsInput): ViewsEntry {
  const [evaluation = '', ...training] = pictures.map(base64)
  return { ...picture, evaluation, training }
}

function robustnessEntry({ example, ...robustness }: RobustnessInput): RobustnessSection {
  if (example === undefined) return robustness
  const { clean, corrupted, ...picture } = example
  return {
    ...robustness,
    example: { ...picture, clean: base64(clean), corrupted: corrupted.map(base64) },
  }
}

function sensitivityEntry({ example, ...sensitivity }: SensitivityInput): SensitivitySection {
  if (example === undefined) return sensitivity
  const { clean, changed, ...picture } = example
  return { ...sensitivity, example: { ...picture, clean: base64(clean), changed: changed.map(base64) } }
}

const base64 = (jpeg: Uint8Array): string => Buffer.from(jpeg).toString('base64')
