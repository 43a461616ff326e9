/** Pictures of the judged split that were trained on as well, and how good a run is without them. */
import { leakedRows, type Leaks, type Split } from '../dataset'
import { analyseLabelSetsAsync, wilsonInterval, type Analysis, type Interval } from '../metrics'
import { hasTrainedOn } from '../train'
import type { AccuracyResult } from './accuracy'
import type { EvaluatedRun, EvaluateRunsOptions } from './evaluation'
import { defaultThreshold } from './label-kinds'

type Estimate = { readonly value: number } & Partial<Interval>

export interface LeakedPictures extends Pick<Leaks, 'comparedBy'> {
  /** Sample indices of the split. */
  readonly samples: ReadonlySet<number>
}

/** Top-1, or mAP where a picture may have several labels. */
export interface WithoutLeaked {
  /** Null: every judged picture was trained on. */
  readonly others: Estimate | null
  /** Top-1 of those that were trained on; null where a picture may have several labels. */
  readonly leaked: Estimate | null
}

/** Judged pictures that are in the trainer's train as well. */
export async function leakedPictures(
  split: Split,
  judged: Pick<AccuracyResult, 'samples'>,
  { plan, signal }: EvaluateRunsOptions,
): Promise<LeakedPictures> {
  const { rows, comparedBy } = await leakedRows(split, plan.dataset.train, { signal })
  const found = new Set(rows)
  return { samples: new Set(judged.samples.filter((sample) => found.has(sample))), comparedBy }
}

/** Runs that were trained on other pictures than the trainer's are left as they are: what leaked into theirs is not known. */
export async function withoutLeaked(
  evaluated: readonly EvaluatedRun[],
  results: readonly AccuracyResult[],
  { samples }: LeakedPictures,
  { plan, config, signal }: EvaluateRunsOptions,
): Promise<EvaluatedRun[]> {
  if (samples.size === 0) return [...evaluated]
  const judged: EvaluatedRun[] = []
  for (const [index, run] of evaluated.entries()) {
    const isKnown = await hasTrainedOn(run.runs[0]!, plan.dataset, signal)
    const { analysis } = run
    if (!isKnown) judged.push(run)
    else if ('labelSets' in analysis) {
      const others = await meanPrecision(results[index]!, samples, config.threshold ?? defaultThreshold)
      judged.push({ ...run, withoutLeaked: { others, leaked: null } })
    } else judged.push({ ...run, withoutLeaked: parted(analysis, results[index]!, samples) })
  }
  return judged
}

function parted(
  { predictions: { choices, classes, labels } }: Analysis,
  result: Pick<AccuracyResult, 'samples'>,
  leaked: ReadonlySet<number>,
): WithoutLeaked {
  const rate = (isWanted: (sample: number) => boolean): Estimate | null => {
    const rows = Array.from(result.samples.keys()).filter((row) => isWanted(result.samples[row]!))
    const right = rows.filter((row) => classes[row * choices] === labels[row]).length
    return rows.length === 0 ? null : { value: right / rows.length, ...wilsonInterval(right, rows.length) }
  }
  return { others: rate((sample) => !leaked.has(sample)), leaked: rate((sample) => leaked.has(sample)) }
}

/** Of the pictures that did not leak. */
async function meanPrecision(
  { logits, labelSets = [], samples }: AccuracyResult,
  leaked: ReadonlySet<number>,
  threshold: number,
): Promise<Estimate | null> {
  const rows = Array.from(samples.keys()).filter((row) => !leaked.has(samples[row]!))
  if (rows.length === 0) return null
  const classes = logits.length / samples.length
  const own = new Float32Array(rows.length * classes)
  rows.forEach((row, place) => {
    own.set(logits.subarray(row * classes, (row + 1) * classes), place * classes)
  })
  const sets = rows.map((row) => labelSets[row]!)
  const { scores, intervals } = await analyseLabelSetsAsync(own, sets, { threshold })
  return scores.mAP === undefined ? null : { value: scores.mAP, ...intervals.mAP }
}
