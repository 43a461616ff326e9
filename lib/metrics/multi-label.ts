/** Validation metrics of pictures that may have several classes, each judged against all others. */
import { setImmediate } from 'node:timers/promises'
import type { Metrics } from '../api'

/** Longest stretch of work between two turns of the event loop, in milliseconds. */
const turn = 20

/**
 * Loss: mean binary cross-entropy over rows and classes (natural logarithm). mAP: mean over the classes that occur of average
 * precision, as scikit-learn's `average_precision_score`. f1: of all decisions together (micro), at probability 0.5. NaN
 * without rows, and where a logit is not finite.
 *
 * @param logits [rows, classes], row-major
 * @param labelSets class indices of each row
 */
export async function multiLabelMetrics(
  logits: Float32Array,
  labelSets: readonly (readonly number[])[],
  classes: number,
): Promise<Metrics> {
  const rows = labelSets.length
  const positive = positives(labelSets, classes)
  const { loss, f1 } = sums(logits, positive)
  const precisions: number[] = []
  let paused = performance.now()
  for (let column = 0; column < classes; column++) {
    const scores = Float32Array.from({ length: rows }, (_, row) => logits[row * classes + column]!)
    const truth = Uint8Array.from({ length: rows }, (_, row) => positive[row * classes + column]!)
    if (truth.includes(1)) precisions.push(averagePrecision(scores, truth))
    if (performance.now() - paused <= turn) continue
    await setImmediate()
    paused = performance.now()
  }
  const mAP = precisions.reduce((sum, value) => sum + value, 0) / precisions.length
  return Number.isFinite(loss) ? { loss: loss / (rows * classes), mAP, f1 } : { loss: NaN, mAP: NaN, f1: NaN }
}

/** 1 for each class of a row: [rows, classes]. */
function positives(labelSets: readonly (readonly number[])[], classes: number): Uint8Array {
  const found = new Uint8Array(labelSets.length * classes)
  labelSets.forEach((labels, row) => {
    for (const label of labels) found[row * classes + label] = 1
  })
  return found
}

/** The sum of -log p of every decision that is to be made, and micro-F1. */
function sums(logits: Float32Array, positive: Uint8Array): { loss: number; f1: number } {
  let loss = 0
  let hits = 0
  let claims = 0
  let wanted = 0
  for (let i = 0; i < positive.length; i++) {
    const logit = logits[i] ?? NaN
    const isWanted = positive[i] === 1
    // log(1 + e^-x) for a class that is there, log(1 + e^x) for one that is not, without overflow
    const margin = isWanted ? -logit : logit
    loss += Math.max(margin, 0) + Math.log1p(Math.exp(-Math.abs(margin)))
    wanted += Number(isWanted)
    if (logit < 0) continue
    claims++
    if (isWanted) hits++
  }
  return { loss: positive.length === 0 ? NaN : loss, f1: (2 * hits) / (claims + wanted) }
}

/**
 * Σ (recall − recall before) · precision over the thresholds, from the highest score down; equal scores are one threshold.
 *
 * @param truth 1 where the class is there, at least once
 */
export function averagePrecision(scores: Float32Array, truth: Uint8Array): number {
  const order = Uint32Array.from(scores, (_, row) => row).sort((a, b) => scores[b]! - scores[a]!)
  const all = truth.reduce((sum, value) => sum + value, 0)
  let hits = 0
  let before = 0
  let sum = 0
  order.forEach((row, index) => {
    hits += truth[row]!
    const next = order[index + 1]
    if (next !== undefined && scores[next] === scores[row]) return
    sum += ((hits - before) / all) * (hits / (index + 1))
    before = hits
  })
  return sum
}
