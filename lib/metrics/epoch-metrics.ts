/** The few metrics that every validation pass computes. */
import { setImmediate } from 'node:timers/promises'
import type { Metrics } from '../api'
import { addToMargins, emptyMargins, marginScores } from './marginals'

/** Longest stretch of work between two turns of the event loop, in milliseconds. */
const turn = 20

/**
 * Mean cross-entropy (natural logarithm), top-1 and, from six classes on, top-5, means over rows; and the scores that the margins
 * of the confusion matrix give. Of equal logits the lower index comes first. Loss and top-1 are NaN without rows.
 * @param logits [rows, classes], row-major
 * @param labels [rows]
 */
export async function epochMetrics(
  logits: Float32Array,
  labels: Int32Array,
  classes: number,
): Promise<Metrics> {
  let loss = 0
  let top1 = 0
  let top5 = 0
  const margins = emptyMargins(classes)
  let paused = performance.now()
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row] ?? 0
    const { nll, rank, predicted } = judge(logits, row * classes, classes, label)
    addToMargins(margins, label, predicted, 1)
    loss += nll
    if (rank === 0) top1++
    if (rank < 5) top5++
    if (row % 64 === 63 && performance.now() - paused > turn) {
      await setImmediate()
      paused = performance.now()
    }
  }
  const rows = labels.length
  return {
    loss: loss / rows,
    top1: top1 / rows,
    ...(classes > 5 ? { top5: top5 / rows } : {}),
    ...marginScores(margins),
  }
}

/** The row's negative log likelihood, how many classes come before its label, non-finite logits last, and which is first. */
function judge(
  logits: Float32Array,
  begin: number,
  classes: number,
  label: number,
): { nll: number; rank: number; predicted: number } {
  const own = logits[begin + label] ?? NaN
  let largest = -Infinity
  let predicted = 0
  let rank = Number.isFinite(own) ? 0 : classes
  for (let i = 0; i < classes; i++) {
    const value = logits[begin + i] ?? NaN
    if (value > largest) {
      largest = value
      predicted = i
    }
    if (value > own || (value === own && i < label)) rank++
  }
  let sum = 0
  for (let i = 0; i < classes; i++) sum += Math.exp((logits[begin + i] ?? NaN) - largest)
  return { nll: Math.log(sum) + largest - own, rank, predicted }
}
