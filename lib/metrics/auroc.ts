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

/** Sixteen float32 logits fill a cache line: columns are read together in this number. */
const columnsAtOnce = 16

/** Undefined when fewer than two classes are present in the labels. */
export function auroc(logits: Float32Array, rows: Rows): Auroc | undefined {
  const counts = new Float64Array(rows.classes)
  for (const label of rows.labels) counts[label] = counts[label]! + 1
  const present = [...counts.keys()].filter((c) => counts[c]! > 0)
  if (present.length < 2) return undefined

  const influence = new Float64Array(rows.samples)
  let sum = 0
  for (let first = 0; first < rows.classes; first += columnsAtOnce) {
    const columns = Math.min(columnsAtOnce, rows.classes - first)
    const scores = logProbabilities(logits, rows, first, columns)
    for (let column = 0; column < columns; column++) {
      const c = first + column
      if (counts[c]! > 0) sum += classAuroc(scores[column]!, rows.labels, c, counts[c]!, influence)
    }
  }
  let squares = 0
  for (const value of influence) squares += (value / present.length) ** 2
  return { mean: sum / present.length, standardError: Math.sqrt(squares) }
}

/**
 * Log probabilities of a few classes, [columns][N], in steps of 2^−36: rows whose logits differ in order alone sum their
 * exponentials in another order, and would else break a tie by the last bit of float64.
 */
function logProbabilities(logits: Float32Array, rows: Rows, first: number, columns: number): Float64Array[] {
  const out = Array.from({ length: columns }, () => new Float64Array(rows.samples))
  for (let row = 0; row < rows.samples; row++) {
    const begin = row * rows.classes + first
    const normaliser = rows.largest[row]!
    const logSum = rows.logSum[row]!
    for (let column = 0; column < columns; column++) {
      out[column]![row] = Math.round((logits[begin + column]! - normaliser - logSum) * 2 ** 36)
    }
  }
  return out
}

/** The area of one class; adds each sample's share of its deviation to `influence`. */
function classAuroc(
  scores: Float64Array,
  labels: Int32Array,
  c: number,
  positives: number,
  influence: Float64Array,
): number {
  const sorted = new SortedScores(scores.filter((_, i) => labels[i] === c))
  const negatives = scores.length - positives
  const placement = new Float64Array(scores.length) // of a negative: share of positives above it
  const steps = new Float64Array(positives + 1) // differences of (negatives below each sorted positive)
  let area = 0
  for (let i = 0; i < scores.length; i++) {
    if (labels[i] === c) continue
    const below = sorted.below(scores[i]!)
    const notAbove = sorted.below(scores[i]! + 1) // scores are whole steps
    placement[i] = (positives - (below + notAbove) / 2) / positives
    area += placement[i]!
    steps[below] = steps[below]! + 0.5
    steps[notAbove] = steps[notAbove]! + 0.5
  }
  area /= negatives
  for (let i = 1; i < positives; i++) steps[i] = steps[i]! + steps[i - 1]!
  for (let i = 0; i < scores.length; i++) {
    const deviation =
      labels[i] === c
        ? (steps[sorted.below(scores[i]!)]! / negatives - area) / positives
        : (placement[i]! - area) / negatives
    influence[i] = influence[i]! + deviation
  }
  return area
}

/** Ascending scores with a table of where each of many equal steps of the range begins: searches start nearly at the end. */
class SortedScores {
  private readonly sorted: Float64Array
  private readonly begins: Int32Array
  private readonly perScore: number

  constructor(scores: Float64Array) {
    this.sorted = scores.sort()
    const steps = 2 * scores.length
    const range = scores[scores.length - 1]! - scores[0]!
    this.perScore = range > 0 ? steps / range : 0
    this.begins = new Int32Array(steps + 3)
    for (const score of scores) this.begins[this.step(score) + 1]!++
    for (let i = 1; i < this.begins.length; i++) this.begins[i]! += this.begins[i - 1]!
  }

  /** How many are below `value`. */
  below(value: number): number {
    const step = this.step(value)
    let low = this.begins[step]!
    let high = this.begins[step + 1]!
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.sorted[middle]! < value) low = middle + 1
      else high = middle
    }
    return low
  }

  /** 0 below the range, the last one above it; never falling as `value` rises. */
  private step(value: number): number {
    if (value < this.sorted[0]!) return 0
    return Math.min(Math.floor((value - this.sorted[0]!) * this.perScore) + 1, this.begins.length - 2)
  }
}
