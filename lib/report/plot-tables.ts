/** The numbers behind every plot and table of the report. */
import type { Table } from './csv'
import { confusionOrder } from './confusion-picture'
import { featureMapTable, hasHealth, singularValuesTable } from './health'
import { hasCueConflict } from './cue-conflict-words'
import type { ReportDocument, ScoreEntry } from './report-data'
import { hasRealLabels } from './real-words'
import { hasRobustness } from './robustness-words'
import { hasSensitivity } from './sensitivity-words'
import { classesInOrder } from './sentences'
import { hasShifts } from './shift-words'
import { className } from './words'

export function plotTables(document: ReportDocument): Table[] {
  return [
    scoresTable(document),
    curvesTable(document),
    perClassTable(document),
    ...(document.evaluation.labels
      ? []
      : [confusionTable(document), reliabilityTable(document), coverageTable(document)]),
    ...(hasHealth(document) ? [singularValuesTable(document), featureMapTable(document)] : []),
    ...(document.repetitions ? [repetitionsTable(document)] : []),
    ...(document.labelEfficiency ? [labelEfficiencyTable(document)] : []),
    ...(hasRobustness(document.runs) ? [robustnessTable(document)] : []),
    ...(document.runs.some(({ groupColumns }) => groupColumns) ? [groupsTable(document)] : []),
    ...(hasSensitivity(document.runs) ? [sensitivityTable(document)] : []),
    ...(hasRealLabels(document.runs) ? [realLabelsTable(document)] : []),
    ...(hasShifts(document.runs) ? [shiftsTable(document)] : []),
    ...(hasCueConflict(document.runs) ? [cueConflictTable(document)] : []),
  ]
}

export function scoresTable({ runs }: ReportDocument): Table {
  return {
    name: 'scores',
    columns: ['run', 'metric', 'value', 'low', 'high', 'method'],
    rows: runs.flatMap((run) =>
      Object.entries(run.scores).map(([name, { value, low = null, high = null, method = null }]) => [
        run.name,
        name,
        value,
        low,
        high,
        method,
      ]),
    ),
  }
}

/** A row for each run and metric; the mean over the runs as a run called 'mean'. */
export function repetitionsTable({ repetitions = [] }: ReportDocument): Table {
  return {
    name: 'repetitions',
    columns: ['runs', 'over', 'run', 'metric', 'value', 'deviation', 'low', 'high'],
    rows: repetitions.flatMap(({ name, over, runs, scores }) => [
      ...runs.flatMap((run) =>
        Object.entries(run.scores).map(([metric, value]) => [
          ...[name, over, run.name, metric],
          value,
          ...[null, null, null],
        ]),
      ),
      ...Object.entries(scores).map(([metric, { mean, deviation, low, high }]) => [
        ...[name, over, 'mean', metric],
        ...[mean, deviation, low, high],
      ]),
    ]),
  }
}

export function curvesTable({ runs, evaluation }: ReportDocument): Table {
  // Of several labels an image training has no top-1, and validation mAP in its place.
  const [metric, raw] = evaluation.labels ? ['mAP', 'rawMAP'] : ['top1', 'rawTop1']
  const name = `${metric[0]!.toUpperCase()}${metric.slice(1)}`
  return {
    name: 'curves',
    columns: [
      ...['run', 'epoch', 'trainLoss', `train${name}`, 'validationLoss', `validation${name}`],
      ...['rawValidationLoss', `rawValidation${name}`, 'seconds'],
    ],
    rows: runs.flatMap((run) =>
      run.history.map(({ epoch, train, validation, seconds }) => [
        run.name,
        epoch + 1,
        train.loss ?? null,
        train[metric] ?? null,
        validation?.loss ?? null,
        validation?.[metric] ?? null,
        validation?.rawLoss ?? null,
        validation?.[raw] ?? null,
        seconds,
      ]),
    ),
  }
}

export function perClassTable(document: ReportDocument): Table {
  const several = document.evaluation.labels !== undefined
  return {
    name: 'per-class',
    columns: [
      ...['run', 'class', 'samples', 'predicted', 'recall', 'recallLow', 'recallHigh', 'precision', 'f1'],
      ...(several ? ['averagePrecision'] : []),
    ],
    rows: document.runs.flatMap((run) =>
      run.perClass.map((entry) => [
        run.name,
        className(document, entry.class),
        entry.samples,
        entry.predicted,
        entry.recall?.value ?? null,
        entry.recall?.low ?? null,
        entry.recall?.high ?? null,
        entry.precision,
        entry.f1,
        ...(several ? [entry.averagePrecision ?? null] : []),
      ]),
    ),
  }
}

/** Classes in the order of the page: as they are, or of many those together that are taken for one another. */
export function confusionTable(document: ReportDocument): Table {
  const many = document.data.classes.length > classesInOrder
  const place = many ? new Map(confusionOrder(document).map((c, i) => [c, i])) : undefined
  const rank = (c: number): number => place?.get(c) ?? c
  return {
    name: 'confusion',
    columns: ['run', 'label', 'predicted', 'samples'],
    rows: document.runs.flatMap((run) =>
      [...(run.confusion ?? [])]
        .sort(([a, p], [b, q]) => rank(a) - rank(b) || rank(p) - rank(q))
        .map(([label, predicted, samples]) => [
          run.name,
          className(document, label),
          className(document, predicted),
          samples,
        ]),
    ),
  }
}

export function reliabilityTable({ runs }: ReportDocument): Table {
  return {
    name: 'reliability',
    columns: ['run', 'temperature', 'lower', 'upper', 'samples', 'confidence', 'accuracy'],
    rows: runs.flatMap((run) =>
      [
        ...(run.reliability ?? []).map((bin) => ({ temperature: 1, ...bin })),
        ...(run.calibrated?.reliability ?? []).map((bin) => ({
          temperature: run.calibrated!.temperature,
          ...bin,
        })),
      ].map((bin) => [
        run.name,
        bin.temperature,
        bin.lower,
        bin.upper,
        bin.samples,
        bin.confidence,
        bin.accuracy,
      ]),
    ),
  }
}

export function coverageTable({ runs }: ReportDocument): Table {
  return {
    name: 'coverage',
    columns: ['run', 'coverage', 'confidence', 'accuracy'],
    rows: runs.flatMap(({ name, coverage = [] }) =>
      coverage.map((point) => [name, point.coverage, point.confidence, point.accuracy]),
    ),
  }
}

/** A row for each draw. */
export function labelEfficiencyTable({ labelEfficiency = [] }: ReportDocument): Table {
  return {
    name: 'label-efficiency',
    columns: ['encoder', 'method', 'labels', 'images', 'draw', 'top1'],
    rows: labelEfficiency.flatMap(({ encoder, points, curves }) =>
      curves.flatMap(({ method, top1 }) =>
        points.flatMap(({ name, images }, point) =>
          top1[point]!.map((value, draw) => [encoder, method, name, images, draw + 1, value]),
        ),
      ),
    ),
  }
}

/** Errors: a row for each corruption and severity, a mean of each, and the means of all. */
export function robustnessTable({ runs }: ReportDocument): Table {
  const cells = ({ value, low, high }: ScoreEntry) => [value, low ?? null, high ?? null]
  return {
    name: 'robustness',
    columns: ['run', 'corruption', 'severity', 'error', 'low', 'high'],
    rows: runs.flatMap(({ name, robustness }) => {
      if (robustness === undefined) return []
      const { severities, corruptions, cleanError, meanError, mce, relativeMce } = robustness
      const summaries = { mean: meanError, mCE: mce, 'relative mCE': relativeMce }
      return [
        [name, 'none', 0, ...cells(cleanError)],
        ...corruptions.flatMap(({ name: corruption, errors, mean }) => [
          ...errors.map((error, index) => [name, corruption, severities[index]!, ...cells(error)]),
          [name, corruption, 'mean', ...cells(mean)],
        ]),
        ...Object.entries(summaries).flatMap(([which, entry]) =>
          entry ? [[name, which, 'mean', ...cells(entry)]] : [],
        ),
      ]
    }),
  }
}

/** A row for each run, column and group. */
export function groupsTable({ runs }: ReportDocument): Table {
  return {
    name: 'groups',
    columns: ['run', 'column', 'group', 'samples', 'trained', 'top1', 'low', 'high'],
    rows: runs.flatMap(({ name, groupColumns = [] }) =>
      groupColumns.flatMap(({ column, groups }) =>
        groups.map((group) => [
          ...[name, column, group.name, group.samples, group.trained],
          ...[group.top1?.value ?? null, group.top1?.low ?? null, group.top1?.high ?? null],
        ]),
      ),
    ),
  }
}

/** A row for each run and change, and one for the mean of each attribute's changes. */
export function sensitivityTable({ runs }: ReportDocument): Table {
  const cells = ({ value, low, high }: ScoreEntry) => [value, low ?? null, high ?? null]
  return {
    name: 'sensitivity',
    columns: [
      ...['run', 'attribute', 'change', 'strength', 'flips', 'flipsLow', 'flipsHigh'],
      ...['loss', 'lossLow', 'lossHigh', 'top1', 'low', 'high'],
    ],
    rows: runs.flatMap(({ name, sensitivity }) => {
      if (sensitivity === undefined) return []
      const { changes, attributes, top1 } = sensitivity
      return [
        [name, '', 'none', 0, 0, null, null, 0, null, null, ...cells(top1)],
        ...changes.map(({ attribute, name: change, strength, ...found }) => [
          ...[name, attribute, change, strength],
          ...[...cells(found.flips), ...cells(found.loss), ...cells(found.top1)],
        ]),
        ...attributes.map(({ attribute, flips, loss }) => [
          ...[name, attribute, 'mean', null, ...cells(flips), ...cells(loss), null, null, null],
        ]),
      ]
    }),
  }
}

export function realLabelsTable({ runs }: ReportDocument): Table {
  return {
    name: 'real-labels',
    columns: [
      ...['run', 'images', 'leftOut', 'top1', 'low', 'high'],
      ...['originalTop1', 'originalLow', 'originalHigh', 'onlyReal', 'onlyOriginal'],
    ],
    rows: runs.flatMap(({ name, realLabels }) => {
      if (realLabels === undefined) return []
      const { images, leftOut, top1, reference, onlyReal, onlyLabel } = realLabels
      const rates = [top1, reference].flatMap(({ value, low = null, high = null }) => [value, low, high])
      return [[name, images, leftOut, ...rates, onlyReal, onlyLabel]]
    }),
  }
}

export function shiftsTable({ runs }: ReportDocument): Table {
  return {
    name: 'shifts',
    columns: [
      ...['run', 'shift', 'classes', 'images', 'top1', 'low', 'high'],
      ...['referenceImages', 'referenceTop1', 'gap', 'gapLow', 'gapHigh'],
    ],
    rows: runs.flatMap(({ name, shifts = [] }) =>
      shifts.map(({ name: shift, classes, images, top1, reference, gap }) => [
        ...[name, shift, classes, images, top1.value, top1.low ?? null, top1.high ?? null],
        ...[reference.images, reference.top1.value, gap.value, gap.low, gap.high],
      ]),
    ),
  }
}

/** Shares of decisions: a row for each run and category of the shape, and one for all. */
export function cueConflictTable({ runs }: ReportDocument): Table {
  const names = ['shape', 'texture', 'other', 'shapeBias'] as const
  return {
    name: 'cue-conflict',
    columns: ['run', 'category', 'images', ...names.flatMap((name) => [name, `${name}Low`, `${name}High`])],
    rows: runs.flatMap(({ name, cueConflict }) => {
      if (cueConflict === undefined) return []
      const { categories } = cueConflict
      return [...categories, { name: 'all', shares: cueConflict }].map(({ name: category, shares }) => [
        ...[name, category, shares?.images ?? 0],
        ...names.flatMap((share) => {
          const entry = shares?.[share]
          return [entry?.value ?? null, entry?.low ?? null, entry?.high ?? null]
        }),
      ])
    }),
  }
}
