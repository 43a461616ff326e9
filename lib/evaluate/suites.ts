/** The suites beside accuracy, and which pictures and runs cannot have them. */
import { join } from 'node:path'
import { sensitivityChanges, type EvaluateConfig, type Suite } from '../config'
import type { Split } from '../dataset'
import { IjepaError } from '../errors'
import type { Choice } from '../train'
import type { AccuracyResult } from './accuracy'
import { thumbnailSize, type EvaluatedRun, type EvaluateRunsOptions, type Evaluation } from './evaluation'
import { evaluateCueConflict, openCueConflict } from './cue-conflict'
import { evaluateLabelEfficiency } from './label-efficiency'
import { changesProgress } from './changed-pictures'
import type { PictureHashes } from './picture-hashes'
import { evaluateRobustness } from './robustness'
import { evaluateSensitivity, type SensitivityOptions } from './sensitivity'
import { evaluateShift, openShifts, type ShiftResult } from './shifts'
import { stratifiedRows } from './stratified-rows'
import { leftOutNotes } from './quick-words'

/** Suites that are of one split for all runs. */
const needsOneSplit: readonly Suite[] = ['labelEfficiency', 'robustness']

/** Robustness and sensitivity: the same pictures for both and for every run, chosen and hashed once. */
export async function withChanges(
  evaluated: readonly EvaluatedRun[],
  results: readonly AccuracyResult[],
  judged: JudgedSplit,
  options: EvaluateRunsOptions,
): Promise<EvaluatedRun[]> {
  const { suites, robustness: config, sensitivity } = options.config
  const isRobust = suites.includes('robustness')
  if (!isRobust && !sensitivity) return [...evaluated]
  const rows = await stratifiedRows(judged.split, options.quick?.images ?? options.config.maxImages, options)
  const under = (suite: ChangesSuite, runs: readonly EvaluatedRun[]) =>
    underChanges(runs, results, rows, judged, options, suite)
  const robust = isRobust
    ? await under(
        {
          suite: 'robustness',
          changes: config.corruptions.length * config.severities.length,
          judge: async (own) => ({ robustness: await evaluateRobustness(rows, { ...own, config }) }),
        },
        evaluated,
      )
    : evaluated
  if (!sensitivity) return [...robust]
  return under(
    {
      suite: 'sensitivity',
      changes: sensitivityChanges.length,
      judge: async (own) => ({ sensitivity: await evaluateSensitivity(rows, own) }),
    },
    robust,
  )
}

/** What judges all runs, and the hashes of its pictures. */
export interface JudgedSplit {
  readonly split: Split
  readonly hashes: PictureHashes
}

interface ChangesSuite {
  readonly suite: 'robustness' | 'sensitivity'
  /** How often each picture is judged again. */
  readonly changes: number
  readonly judge: (options: SensitivityOptions) => Promise<Partial<EvaluatedRun>>
}

/** One run after the other on the same pictures, changed. */
async function underChanges(
  evaluated: readonly EvaluatedRun[],
  results: readonly AccuracyResult[],
  rows: Int32Array,
  { split, hashes }: JudgedSplit,
  options: EvaluateRunsOptions,
  { suite, changes, judge }: ChangesSuite,
): Promise<EvaluatedRun[]> {
  const { runs, plan, signal, emit, config } = options
  const onProgress = changesProgress(suite, runs.length * changes * rows.length, emit)
  const notes = leftOutNotes(rows.length, split.labels.length, options)
  const own = {
    plan,
    signal,
    split,
    hashes,
    onProgress,
    notes,
    thumbnailSize: config.thumbnails ? thumbnailSize : 0,
  }
  const judged: EvaluatedRun[] = []
  for (const [index, run] of runs.entries()) {
    judged.push({ ...evaluated[index]!, ...(await judge({ ...own, run, clean: results[index]! })) })
  }
  return judged
}

export async function withShifts(
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

export async function withCueConflict(
  evaluated: readonly EvaluatedRun[],
  { plan, runs, config, signal, emit }: EvaluateRunsOptions,
): Promise<EvaluatedRun[]> {
  if (config.cueConflict === null) return [...evaluated]
  const opened = await openCueConflict(config.cueConflict, plan, signal)
  const images = opened.split.labels.length
  const judged: EvaluatedRun[] = []
  for (const [index, run] of runs.entries()) {
    const onProgress = (done: number): void => {
      const total = runs.length * images
      emit({ type: 'evaluate', suite: 'cueConflict', done: index * images + done, total })
    }
    const cueConflict = await evaluateCueConflict(opened, {
      ...{ plan, run, signal, onProgress },
      precision: config.precision,
    })
    judged.push({ ...evaluated[index]!, cueConflict })
  }
  return judged
}

export async function encoderSuites(
  judged: JudgedSplit,
  options: EvaluateRunsOptions,
): Promise<Pick<Evaluation, 'labelEfficiency'>> {
  const { runs, config } = options
  if (!config.suites.includes('labelEfficiency')) return {}
  const probe = runs.find(({ kind }) => kind === 'linear-probe')
  const { recipe, choice } = (probe?.config ?? {}) as { recipe?: { features?: string }; choice?: Choice }
  const features = choice?.candidates[choice.chosen]?.features ?? recipe?.features
  const labelEfficiency = await evaluateLabelEfficiency({
    ...options,
    ...judged,
    config: config.labelEfficiency,
    features: features === 'last4' ? features : 'last',
    file: join(runs[0]!.directory, 'suites', 'label-efficiency.json'),
  })
  return { labelEfficiency }
}

/** Of what runs of folds, which are judged each on its own part, cannot have. @throws ERR_ARGUMENT */
export function refuseSuitesOfOneSplit({ suites, shifts, cueConflict, realLabels }: EvaluateConfig): void {
  const isAlone = shifts.length === 0 && cueConflict === null && realLabels === null
  if (isAlone && !suites.some((suite) => needsOneSplit.includes(suite))) return
  const message = `Runs of folds have no split in common for ${needsOneSplit.join(', ')}, shifts, cueConflict and realLabels: give split, or leave these out`
  throw new IjepaError('ERR_ARGUMENT', message)
}

/** @throws ERR_UNSUPPORTED */
export function refuseSuitesOfOneLabel({ labelSets }: Split, config: EvaluateConfig): void {
  const { suites, shifts, cueConflict, realLabels } = config
  const isAlone = suites.length + shifts.length === 1 && cueConflict === null && realLabels === null
  if (!labelSets || isAlone) return
  const message =
    'Of pictures with several labels accuracy alone is evaluated in this version: leave the other suites out'
  throw new IjepaError('ERR_UNSUPPORTED', message)
}
