/** Accuracy by group: the worst one, and how far it lies behind the best. */
import { quantile } from './calibration'
import { wilsonInterval, type Interval } from './intervals'
import { judgeRows, type Predictions } from './predictions'
import { drawsBelow } from './random'

/** Groups of fewer samples are listed, but their accuracy is not estimated. */
export const fewestSamples = 10
const resamples = 1000

/** One way to part the samples. */
export interface GroupColumn {
  readonly name: string
  /** Every group that there may be, also one without samples. */
  readonly groups: readonly { readonly name: string; readonly trained: number }[]
  /** [N], index in `groups` of each sample. */
  readonly of: Int32Array
}

export interface GroupAccuracy {
  readonly name: string
  readonly samples: number
  /** Training samples of the group. */
  readonly trained: number
  /** Absent: too few samples to estimate. */
  readonly top1?: number
  /** Wilson's, 95 %. */
  readonly interval?: Interval
}

/** Between the best and the worst of the groups that can be estimated. */
export interface GroupGap {
  readonly best: string
  readonly worst: string
  /** Top-1 of the best minus that of the worst, as fairlearn's MetricFrame.difference. */
  readonly difference: number
  readonly differenceInterval: Interval
  /** Top-1 of the worst over that of the best, as fairlearn's MetricFrame.ratio; absent where the best has none right. */
  readonly ratio?: number
  readonly ratioInterval?: Interval
  /** How often a gap as large comes up when the same right answers are dealt out to the groups by chance (permutation test). */
  readonly p: number
}

export interface ColumnAccuracy {
  readonly column: string
  readonly groups: readonly GroupAccuracy[]
  /** Absent with fewer than two groups that can be estimated. */
  readonly gap?: GroupGap
  /**
   * Mean weighted by the training samples of each group, as WILDS reports for Waterbirds (adjusted average accuracy); absent where a
   * group that was trained on cannot be estimated, or no training groups are known.
   */
  readonly adjusted?: number
}

/** @throws as score */
export function groupAccuracy(
  predictions: Predictions,
  columns: readonly GroupColumn[],
  seed = 0,
): ColumnAccuracy[] {
  const isRight = Uint8Array.from(judgeRows(predictions).rank, (rank) => Number(rank === 0))
  return columns.map((column) => ofColumn(isRight, column, seed))
}

interface Counts {
  readonly samples: number
  readonly right: number
}

function ofColumn(isRight: Uint8Array, column: GroupColumn, seed: number): ColumnAccuracy {
  const counts = countsOf(isRight, column)
  const groups = column.groups.map(({ name, trained }, index): GroupAccuracy => {
    const { samples, right } = counts[index]!
    if (samples < fewestSamples) return { name, samples, trained }
    return { name, samples, trained, top1: right / samples, interval: wilsonInterval(right, samples) }
  })
  const gap = gapOf(isRight, column, counts, seed)
  const adjusted = adjustedAccuracy(groups)
  return {
    column: column.name,
    groups,
    ...(gap ? { gap } : {}),
    ...(adjusted === undefined ? {} : { adjusted }),
  }
}

function countsOf(isRight: Uint8Array, { groups, of }: GroupColumn): Counts[] {
  const counts = groups.map(() => ({ samples: 0, right: 0 }))
  for (let row = 0; row < of.length; row++) {
    const group = counts[of[row]!]!
    group.samples++
    group.right += isRight[row]!
  }
  return counts
}

function gapOf(
  isRight: Uint8Array,
  column: GroupColumn,
  counts: readonly Counts[],
  seed: number,
): GroupGap | undefined {
  const estimable = counts.flatMap(({ samples }, index) => (samples < fewestSamples ? [] : [index]))
  if (estimable.length < 2) return undefined
  const share = (index: number): number => counts[index]!.right / counts[index]!.samples
  const best = estimable.reduce((a, b) => (share(b) > share(a) ? b : a))
  const worst = estimable.reduce((a, b) => (share(b) < share(a) ? b : a))
  const { difference, ratio } = bootstrapPair(counts[best]!, counts[worst]!, seed)
  const ratioPart =
    share(best) > 0 ? { ratio: share(worst) / share(best), ratioInterval: intervalOf(ratio) } : {}
  return {
    best: column.groups[best]!.name,
    worst: column.groups[worst]!.name,
    difference: share(best) - share(worst),
    differenceInterval: intervalOf(difference),
    ...ratioPart,
    p: permutationTest(isRight, column, estimable, share(best) - share(worst), seed),
  }
}

/** Differences and ratios over resamples of each of the two groups by itself. */
function bootstrapPair(best: Counts, worst: Counts, seed: number) {
  const ofBest = resampled(best, seed)
  const ofWorst = resampled(worst, seed + 1)
  const difference = new Float64Array(resamples)
  const ratio = new Float64Array(resamples)
  for (let r = 0; r < resamples; r++) {
    const [high, low] = [ofBest(), ofWorst()]
    difference[r] = high - low
    ratio[r] = high > 0 ? low / high : 1
  }
  return { difference, ratio }
}

/** Accuracy of a sample drawn with replacement. */
function resampled({ samples, right }: Counts, seed: number): () => number {
  const draw = drawsBelow(samples, seed)
  return () => {
    let found = 0
    for (let i = 0; i < samples; i++) if (draw() < right) found++
    return found / samples
  }
}

function intervalOf(values: Float64Array): Interval {
  values.sort()
  return { low: quantile(values, 0.025), high: quantile(values, 0.975), method: 'bootstrap' }
}

/** (b + 1) / (m + 1) over m permutations, b of them with a gap as large (B. Phipson and G. K. Smyth, 2010). */
function permutationTest(
  isRight: Uint8Array,
  { of, groups }: GroupColumn,
  estimable: readonly number[],
  observed: number,
  seed: number,
): number {
  const rows = Array.from(of.keys()).filter((row) => estimable.includes(of[row]!))
  const answers = Uint8Array.from(rows, (row) => isRight[row]!)
  const groupOf = Int32Array.from(rows, (row) => of[row]!)
  const samples = groups.map(() => 0)
  for (const group of groupOf) samples[group]!++
  const draw = drawsBelow(0x100000000, seed)
  let asLarge = 0
  for (let r = 0; r < resamples; r++) {
    shuffle(answers, draw)
    const right = groups.map(() => 0)
    for (let i = 0; i < answers.length; i++) right[groupOf[i]!]! += answers[i]!
    const shares = estimable.map((group) => right[group]! / samples[group]!)
    if (Math.max(...shares) - Math.min(...shares) >= observed - 1e-12) asLarge++
  }
  return (asLarge + 1) / (resamples + 1)
}

/** @param draw whole numbers below 2^32 */
function shuffle(values: Uint8Array, draw: () => number): void {
  for (let last = values.length - 1; last > 0; last--) {
    const place = Math.floor((draw() / 0x100000000) * (last + 1))
    const value = values[last]!
    values[last] = values[place]!
    values[place] = value
  }
}

function adjustedAccuracy(groups: readonly GroupAccuracy[]): number | undefined {
  const trained = groups.filter((group) => group.trained > 0)
  const total = trained.reduce((sum, group) => sum + group.trained, 0)
  if (total === 0 || trained.some(({ top1 }) => top1 === undefined)) return undefined
  return trained.reduce((sum, group) => sum + group.trained * group.top1!, 0) / total
}
