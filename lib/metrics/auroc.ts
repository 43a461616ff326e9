/**
 * Area under the ROC curve, one class against the rest, averaged over the classes that have samples and others.
 *
 * Each class costs one search per sample among the sorted scores of its own samples (ties count half), so no class needs
 * a full sort. The same searches give every sample's placement value and with it the standard error of the
 * mean over classes: DeLong et al., "Comparing the areas under two or more correlated ROC curves", 1988.
 */
import type { Rows } from './predictions'

export interface Auroc {
  readonly mean: number
  /** Standard error of the mean over classes. */
  readonly standardError: number
}

const { floor, min, round } = Math

/** A row's logits of so many classes are read together: eight cache lines, and the scores of as many classes stay in the cache. */
const columnsAtOnce = 128

/** Scores are log probabilities in steps of 2^−36. */
const steps = 2 ** 36

/** Parts of the range of a class' own scores, for each of them: with more, searches are shorter and the table larger. */
const partsPerScore = 4

/** Undefined when fewer than two classes are present in the labels. */
export function auroc(logits: Float32Array, rows: Rows): Auroc | undefined {
  const own = rowsByClass(rows)
  const present = [...own.keys()].filter((c) => own[c]!.length > 0)
  if (present.length < 2) return undefined

  const scores = new Scores(logits, rows)
  const influence = new Float64Array(rows.samples)
  let sum = 0
  let common = 0 // what every negative's influence has too much
  for (let first = 0; first < present.length; first += columnsAtOnce) {
    const curves = present
      .slice(first, first + columnsAtOnce)
      .map((c) => new ClassCurve(c, own[c]!, scores, rows.samples))
    addNegatives(curves, scores, rows, influence)
    for (const curve of curves) {
      curve.addPositives(influence)
      sum += curve.area
      common += curve.area / curve.negatives
    }
  }
  let squares = 0
  for (const value of influence) squares += ((value - common) / present.length) ** 2
  return { mean: sum / present.length, standardError: Math.sqrt(squares) }
}

function rowsByClass({ classes, labels }: Rows): Int32Array[] {
  const counts = new Int32Array(classes)
  for (const label of labels) counts[label]!++
  const own = Array.from(counts, (count) => new Int32Array(count))
  for (let row = labels.length - 1; row >= 0; row--) own[labels[row]!]![--counts[labels[row]!]!] = row
  return own
}

/**
 * Log probabilities in whole steps: rows whose logits differ in order alone sum their exponentials in another order, and would
 * else break a tie by the last bit of float64.
 */
class Scores {
  constructor(
    private readonly logits: Float32Array,
    private readonly rows: Rows,
  ) {}

  at(row: number, c: number): number {
    const { classes, largest, logSum } = this.rows
    return round((this.logits[row * classes + c]! - largest[row]! - logSum[row]!) * steps)
  }
}

/** Row by row, so that every logit is read once and from memory that lies together. */
function addNegatives(
  curves: readonly ClassCurve[],
  scores: Scores,
  { samples, labels }: Rows,
  influence: Float64Array,
): void {
  for (let row = 0; row < samples; row++) {
    const label = labels[row]!
    let share = 0
    for (let k = 0; k < curves.length; k++) {
      const curve = curves[k]!
      if (curve.label !== label) share += curve.addNegative(scores.at(row, curve.label))
    }
    influence[row] = influence[row]! + share
  }
}

/**
 * One class against the rest: its own samples' ascending scores, with a table of where each of many equal steps of their range
 * begins, so that searches start nearly at the end.
 */
class ClassCurve {
  readonly negatives: number
  private readonly sorted: Float64Array
  private readonly own: Float64Array
  private readonly begins: Int32Array
  private readonly perScore: number
  private readonly perPair: number
  /** Differences of (negatives below each sorted positive). */
  private readonly below: Float64Array
  private above = 0

  constructor(
    readonly label: number,
    private readonly rows: Int32Array,
    scores: Scores,
    samples: number,
  ) {
    this.negatives = samples - rows.length
    this.perPair = 1 / (rows.length * this.negatives)
    this.own = Float64Array.from(rows, (row) => scores.at(row, label))
    this.sorted = this.own.slice().sort()
    this.below = new Float64Array(rows.length + 1)
    const parts = partsPerScore * rows.length
    const range = this.sorted.at(-1)! - this.sorted[0]!
    this.perScore = range > 0 ? parts / range : 0
    this.begins = new Int32Array(parts + 3)
    for (const score of this.own) this.begins[this.part(score) + 1]!++
    for (let i = 1; i < this.begins.length; i++) this.begins[i]! += this.begins[i - 1]!
  }

  get area(): number {
    return this.above * this.perPair
  }

  /** @returns what the sample adds to its influence, but for the area */
  addNegative(score: number): number {
    const below = this.countBelow(score)
    let above = this.rows.length - below
    if (this.sorted[below] === score) {
      const notAbove = this.countBelow(score + 1) // scores are whole steps
      above -= (notAbove - below) / 2
      this.below[below]! += 0.5
      this.below[notAbove]! += 0.5
    } else {
      this.below[below]!++
    }
    this.above += above
    return above * this.perPair
  }

  /** After all negatives. */
  addPositives(influence: Float64Array): void {
    const { area, below, rows, negatives } = this
    for (let i = 1; i < rows.length; i++) below[i] = below[i]! + below[i - 1]!
    for (let i = 0; i < rows.length; i++) {
      const share = below[this.countBelow(this.own[i]!)]! / negatives
      influence[rows[i]!]! += (share - area) / rows.length + area / negatives
    }
  }

  /** How many of its own are below `score`. */
  private countBelow(score: number): number {
    const part = this.part(score)
    let low = this.begins[part]!
    let high = this.begins[part + 1]!
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.sorted[middle]! < score) low = middle + 1
      else high = middle
    }
    return low
  }

  /** 0 below the range, the last one above it; never falling as `score` rises. */
  private part(score: number): number {
    const lowest = this.sorted[0]!
    if (score < lowest) return 0
    return min(floor((score - lowest) * this.perScore) + 1, this.begins.length - 2)
  }
}
