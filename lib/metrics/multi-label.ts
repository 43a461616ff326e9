/** Validation metrics of pictures that may have several classes, each judged against all others. */
import { setImmediate } from 'node:timers/promises'
import type { Metrics } from '../api'
import { decisionLoss, decisionScores, noDecisions, truthOf, type Decisions } from './decisions'
import { RankedClass } from './ranked-class'

/** Longest stretch of work between two turns of the event loop, in milliseconds. */
const turn = 20

/**
 * Loss: mean binary cross-entropy over rows and classes (natural logarithm). mAP: mean over the classes that occur of average
 * precision, as scikit-learn's `average_precision_score`. f1: of all decisions together (micro), and macroF1: mean over the classes
 * that occur, at probability 0.5. NaN without rows, and where a logit is not finite.
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
  const truth = truthOf(labelSets, classes)
  const decisions = noDecisions(classes)
  const precisions: number[] = []
  let loss = 0
  let paused = performance.now()
  for (let column = 0; column < classes; column++) {
    const scores = Float32Array.from({ length: rows }, (_, row) => logits[row * classes + column]!)
    const isThere = Uint8Array.from({ length: rows }, (_, row) => truth[row * classes + column]!)
    loss += judgeClass(scores, isThere, column, decisions)
    const precision = new RankedClass(scores, isThere).averagePrecision()
    if (precision !== undefined) precisions.push(precision)
    if (performance.now() - paused <= turn) continue
    await setImmediate()
    paused = performance.now()
  }
  if (rows === 0 || !Number.isFinite(loss)) return { loss: NaN, mAP: NaN, f1: NaN, macroF1: NaN }
  const mAP = precisions.reduce((sum, value) => sum + value, 0) / precisions.length
  const { f1, macroF1 } = decisionScores(decisions)
  return { loss: loss / (rows * classes), mAP, f1, macroF1 }
}

/** Counts the decisions of one class, at probability 0.5; the sum of their losses. */
function judgeClass(scores: Float32Array, isThere: Uint8Array, column: number, out: Decisions): number {
  let loss = 0
  for (let row = 0; row < scores.length; row++) {
    const wanted = isThere[row] === 1
    loss += decisionLoss(scores[row]!, wanted)
    if (wanted) out.actual[column]!++
    if (!(scores[row]! >= 0)) continue
    out.claimed[column]!++
    if (wanted) out.hits[column]!++
  }
  return loss
}
