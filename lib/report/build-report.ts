/** Results of an evaluation to the data of a report: nothing is measured here, and nothing is drawn. */
import { IjepaError } from '../errors'
import type { Analysis, ColumnAccuracy, Interval } from '../metrics'
import { concernsOf } from './concerns'
import { explanationsOf } from './explanations'
import { healthOf } from './health'
import { repetitionSection } from './repetitions'
import {
  formatVersion,
  type ClassEntry,
  type GroupColumnEntry,
  type ReportDocument,
  type ReportInput,
  type RobustnessInput,
  type RobustnessSection,
  type RunInput,
  type RunSection,
  type ScoreEntry,
  type ViewsEntry,
  type ViewsInput,
} from './report-data'

/** Skipped files that are listed by name; the others are counted. */
const listedFiles = 1000
/** Larger thumbnails (bytes of JPEG) are left out: they would make the report too big to mail. */
const largestThumbnail = 32 * 1024

/** Metrics in the order in which they are shown. */
const scoreNames = [
  'top1',
  'top5',
  'meanPerClassAccuracy',
  'macroF1',
  'weightedF1',
  'auroc',
  'cohenKappa',
  'mcc',
  'nll',
  'brier',
  'ece',
  'adaptiveEce',
  'maxCalibrationError',
  'worstGroupTop1',
] as const

/**
 * Pure: the same input gives the same data, and JSON holds all of it.
 * @throws ERR_ARGUMENT: no runs, or runs judged on different samples or classes; ERR_NOT_FINITE: a score is not finite
 */
export function buildReport(input: ReportInput): ReportDocument {
  const samples = input.runs[0]?.analysis.scores.samples
  if (samples === undefined)
    throw new IjepaError('ERR_ARGUMENT', 'Expected at least one run to report on, got none')
  input.runs.forEach((run) => requireSame(run, samples, input.data.classes.length))
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
      usedFor: input.split.usedFor,
      preprocessing: input.preprocessing,
    },
    environment: input.environment,
    runs: input.runs.map(runSection),
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
  // Through JSON once: what is drawn now and what is drawn from report.json later is the same to the last bit.
  const plain = JSON.parse(JSON.stringify(document)) as ReportDocument
  return { ...plain, concerns: concernsOf(plain) }
}

function requireSame(run: RunInput, samples: number, classes: number): void {
  const { scores } = run.analysis
  if (scores.samples === samples && scores.confusion.length === classes && run.files.length === samples)
    return
  throw new IjepaError(
    'ERR_ARGUMENT',
    `Expected every run judged on the same ${samples} samples of ${classes} classes; ${run.name} has ${scores.samples} samples, ${scores.confusion.length} classes and ${run.files.length} files`,
  )
}

function runSection(run: RunInput): RunSection {
  const { analysis } = run
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
    ...(run.freezing === undefined ? {} : { freezing: run.freezing }),
    ...(run.choice === undefined ? {} : { choice: run.choice }),
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
    scores: scoreEntries(analysis),
    meanConfidence: analysis.meanConfidence,
    perClass: analysis.perClass.map(classEntry),
    confusion: sparse(analysis.scores.confusion),
    confusedPairs: analysis.confusedPairs,
    reliability: analysis.reliability.map(({ confidence = null, accuracy = null, ...bin }) => ({
      ...bin,
      confidence,
      accuracy,
    })),
    coverage: analysis.coverage,
    mistakes: withPictures(analysis.mistakes, run),
    labelIssues: {
      count: analysis.labelIssues.count,
      first: withPictures(analysis.labelIssues.first, run),
    },
    ...(run.views === undefined ? {} : { views: run.views.map(viewsEntry) }),
    ...(run.robustness === undefined ? {} : { robustness: robustnessEntry(run.robustness) }),
    ...(run.shifts === undefined ? {} : { shifts: run.shifts }),
    ...(run.explained === undefined ? {} : { explanations: explanationsOf(run.explained, run.files) }),
    ...(run.health === undefined ? {} : { health: healthOf(run.health) }),
    groups: analysis.scores.perGroupTop1 ?? null,
    ...(run.groups === undefined ? {} : { groupColumns: run.groups.map(groupColumnEntry) }),
  }
}

function scoreEntries({ scores, intervals }: Analysis): Record<string, ScoreEntry> {
  const entries: Record<string, ScoreEntry> = {}
  for (const name of scoreNames) {
    const value = scores[name]
    if (value === undefined) continue
    if (!Number.isFinite(value)) {
      throw new IjepaError(
        'ERR_NOT_FINITE',
        `Expected a finite ${name}, got ${value}: no report is made of it`,
        { name },
      )
    }
    entries[name] = withInterval(
      value,
      name in intervals ? intervals[name as keyof typeof intervals] : undefined,
    )
  }
  return entries
}

function withInterval(value: number, interval: Interval | undefined): ScoreEntry {
  return { value, ...interval }
}

function classEntry(entry: Analysis['perClass'][number]): ClassEntry {
  const { samples, predicted, recall, recallInterval, precision = null, f1 = null } = entry
  return {
    class: entry.class,
    samples,
    predicted,
    recall: recall === undefined ? null : withInterval(recall, recallInterval),
    precision,
    f1,
  }
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

function sparse(confusion: readonly (readonly number[])[]): [number, number, number][] {
  return confusion.flatMap((row, label) =>
    row.flatMap((count, predicted): [number, number, number][] =>
      count > 0 ? [[label, predicted, count]] : [],
    ),
  )
}

/** Rows with their files and pictures in their place. */
function withPictures<T extends { readonly row: number }>(
  entries: readonly T[],
  { files, thumbnails }: RunInput,
) {
  return entries.map(({ row, ...entry }) => {
    const jpeg = thumbnails?.get(row)
    const fits = jpeg !== undefined && jpeg.length <= largestThumbnail
    return {
      file: files[row] ?? '',
      ...entry,
      thumbnail: fits ? base64(jpeg) : null,
    }
  })
}

function viewsEntry({ file, label, pictures }: ViewsInput): ViewsEntry {
  const [evaluation = '', ...training] = pictures.map(base64)
  return { file, label, evaluation, training }
}

function robustnessEntry({ example, ...robustness }: RobustnessInput): RobustnessSection {
  if (example === undefined) return robustness
  const { clean, corrupted, ...picture } = example
  return {
    ...robustness,
    example: { ...picture, clean: base64(clean), corrupted: corrupted.map(base64) },
  }
}

const base64 = (jpeg: Uint8Array): string => Buffer.from(jpeg).toString('base64')
