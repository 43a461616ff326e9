/** Runs judged side by side on the same held-out pictures. */
import { basename } from 'node:path'
import type { Run, TrainEvent } from '../api'
import { openSplit, splitFingerprint, type Split } from '../dataset'
import { IjepaError } from '../errors'
import { repeatedScores, type Calibrated } from '../metrics'
import { evaluateAccuracy, type AccuracyResult } from './accuracy'
import { evaluateFolds } from './evaluate-folds'
import type {
  EvaluatedRepetition,
  EvaluatedRun,
  EvaluatedSplit,
  EvaluateRunsOptions,
  Evaluation,
} from './evaluation'
import { judgeRun, printableName } from './judge-run'
import { leakedPictures, withoutLeaked } from './leaks'
import {
  compared,
  labelledAlike,
  requireThreshold,
  scored,
  type AnyAnalysis,
  type AnyComparison,
} from './label-kinds'
import { openRealLabels, withRealLabels } from './real-labels'
import { repetitionGroups, repetitionOf, type RepetitionGroup } from './repetitions'
import {
  encoderSuites,
  refuseSuitesOfOneLabel,
  refuseSuitesOfOneSplit,
  withCueConflict,
  withChanges,
  withShifts,
  type JudgedSplit,
} from './suites'
import { PictureHashes } from './picture-hashes'
import { withinBudget } from './within-budget'

export async function evaluateRuns(options: EvaluateRunsOptions): Promise<Evaluation> {
  const { split } = options.config
  const ownParts = split === null || split === 'validation'
  const isFold = (run: Run): boolean => repetitionOf(run)?.over === 'folds'
  if (!ownParts || !options.runs.some(isFold)) return onOneSplit(options)
  refuseSuitesOfOneSplit(options.config)
  if (options.config.sensitivity) options.emit(noSensitivity)
  return onOwnFolds(options)
}

const noSensitivity: TrainEvent = {
  type: 'warning',
  code: 'WARN_CONFIG',
  message:
    'Runs of folds are judged each on its own part: of the bias suite they have the groups, and no sensitivity',
}

async function onOwnFolds(options: EvaluateRunsOptions): Promise<Evaluation> {
  const { folds, data } = await evaluateFolds(options)
  requireThreshold(data.whole, options.config)
  const runs: EvaluatedRun[] = []
  const repetitions: EvaluatedRepetition[] = []
  for (const { group, whole, pooled, own } of folds) {
    const members = group.members.map(({ run }) => run)
    runs.push(await judgeRun(members, group.name, pooled, whole, options))
    const scores: AnyAnalysis['scores'][] = []
    for (const result of own) scores.push(await scored(result, options.config))
    repetitions.push({ ...group, scores, summary: repeatedScores(scores) })
  }
  return {
    data,
    split: { name: 'cross-validation', choseTheEpoch: true, ...(await identity(data.whole, options)) },
    runs,
    repetitions,
    comparisons: await compareAll(folds.map(({ pooled }) => pooled)),
  }
}

async function onOneSplit(options: EvaluateRunsOptions): Promise<Evaluation> {
  const { split, ...evaluated } = await chooseSplit(options)
  requireThreshold(split, options.config)
  refuseSuitesOfOneLabel(split, options.config)
  const accepted = await openRealLabels(split, options)
  const groups = repetitionGroups(options.runs)
  const results: AccuracyResult[] = []
  const runs: EvaluatedRun[] = []
  for (const [index, run] of options.runs.entries()) {
    const result = await evaluateAccuracy({
      ...options.plan.loading,
      device: options.plan.device,
      precision: options.config.precision,
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
    runs.push(
      await judgeRun([run], basename(run.directory), result, split, options, calibratedBy(result, evaluated)),
    )
  }
  const scoresOf = (run: Run) => runs[options.runs.indexOf(run)]!.analysis.scores
  const repetitions = groups.map((group) => {
    const scores = group.members.map(({ run }) => scoresOf(run))
    return { ...group, scores, summary: repeatedScores(scores) }
  })
  const judged = { split, hashes: new PictureHashes(split, options.signal) }
  const own = await identity(split, options)
  const leaked = await leakedPictures(split, results[0]!, options)
  const { comparedBy } = leaked
  const names = Array.from(leaked.samples, (sample) => printableName(split, sample))
  const affordable = await withinBudget(options, results, split, own.fingerprint)
  return {
    data: options.plan.dataset,
    split: { ...evaluated, ...own, leaked: { comparedBy, names } },
    runs: await withSuites(
      withRealLabels(await withoutLeaked(runs, results, leaked, options), results, accepted, options),
      results,
      judged,
      affordable,
    ),
    repetitions,
    comparisons: await compareAll(results, twins(options.runs, groups)),
    ...(await encoderSuites(judged, affordable)),
  }
}

async function withSuites(
  runs: readonly EvaluatedRun[],
  results: readonly AccuracyResult[],
  judged: JudgedSplit,
  options: EvaluateRunsOptions,
): Promise<EvaluatedRun[]> {
  const changed = await withChanges(runs, results, judged, options)
  return withCueConflict(await withShifts(changed, results, options), options)
}

async function identity(
  split: Split,
  { plan: { dataset }, signal }: EvaluateRunsOptions,
): Promise<Pick<EvaluatedSplit, 'images' | 'fingerprint'>> {
  const fingerprint = await splitFingerprint(dataset.classes, split, signal)
  return { images: split.labels.length, fingerprint }
}

/** A temperature that was fitted on the very pictures that are judged would seem better than it is. */
function calibratedBy(
  { model: { temperature } }: AccuracyResult,
  { choseTheEpoch }: Pick<EvaluatedSplit, 'choseTheEpoch'>,
): Calibrated['judgedBy'] {
  return choseTheEpoch && temperature?.fittedOn === 'validation' ? 'halves' : 'stored'
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
