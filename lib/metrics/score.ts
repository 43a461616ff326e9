/** All metrics of one classifier on labelled samples. */
import type { Scores } from '../api'
import { auroc } from './auroc'
import {
  addToBin,
  emptyBins,
  equalCountBins,
  equalWidthBins,
  expectedError,
  maximumError,
} from './calibration'
import { addToMargins, emptyMargins, marginScores } from './marginals'
import { judgeRows, type Predictions, type Rows } from './predictions'

/** Top-5 says nothing with so few classes or fewer. */
const classesWithoutTop5 = 5

/**
 * Metrics of anyone's logits; synchronous, O(N·C). `scoreAsync` does the same in a worker.
 *
 * Fractions from 0 to 1; nll in nats; brier summed over classes (0 to 2); calibration of the largest probability in 15
 * bins. Ties go to the lower class index. Means over classes run over those present in the labels; `auroc` (one against
 * the rest) is absent when fewer than two are; `top5` is absent with five classes or fewer; `perClassAccuracy` is NaN for a
 * class without samples.
 * @throws ERR_ARGUMENT: no samples, or lengths or labels that do not belong together; ERR_NOT_FINITE
 * @example score({ logits: Float32Array.of(2, 1, 0, 3), labels: Int32Array.of(0, 1) }).top1 // 1
 */
export function score(predictions: Predictions): Scores {
  return scoreRows(predictions, judgeRows(predictions))
}

/** @param area AUROC, where it is known already */
export function scoreRows(
  { logits, groups }: Predictions,
  rows: Rows,
  area = auroc(logits, rows)?.mean,
): Scores {
  const confusion = confusionMatrix(rows)
  return {
    samples: rows.samples,
    top1: meanOf(rows, (i) => (rows.rank[i] === 0 ? 1 : 0)),
    ...(rows.classes > classesWithoutTop5 ? { top5: meanOf(rows, (i) => (rows.rank[i]! < 5 ? 1 : 0)) } : {}),
    nll: meanOf(rows, (i) => rows.nll[i]!),
    brier: meanOf(rows, (i) => rows.brier[i]!),
    ...calibrationErrors(rows),
    ...classScores(rows),
    ...(area === undefined ? {} : { auroc: area }),
    confusion,
    perClassAccuracy: confusion.map((row, c) => row[c]! / row.reduce((a, b) => a + b, 0)),
    ...(groups ? groupScores(rows, groups) : {}),
  }
}

/** [C][C], rows the true class, columns the predicted one. */
export function confusionMatrix({ classes, labels, predicted }: Rows): number[][] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  for (let i = 0; i < labels.length; i++) {
    const row = matrix[labels[i]!]!
    row[predicted[i]!] = row[predicted[i]!]! + 1
  }
  return matrix
}

function meanOf(rows: Rows, value: (row: number) => number): number {
  let sum = 0
  for (let i = 0; i < rows.samples; i++) sum += value(i)
  return sum / rows.samples
}

function calibrationErrors(rows: Rows): Pick<Scores, 'ece' | 'adaptiveEce' | 'maxCalibrationError'> {
  const equalWidth = binRows(rows, equalWidthBins(rows.confidence))
  return {
    ece: expectedError(equalWidth),
    adaptiveEce: expectedError(binRows(rows, equalCountBins(rows.confidence))),
    maxCalibrationError: maximumError(equalWidth),
  }
}

export function binRows(rows: Rows, bins: Int32Array): ReturnType<typeof emptyBins> {
  const sums = emptyBins()
  for (let i = 0; i < rows.samples; i++) {
    addToBin(sums, bins[i]!, rows.confidence[i]!, rows.rank[i] === 0, 1)
  }
  return sums
}

function classScores(rows: Rows): ReturnType<typeof marginScores> {
  const margins = emptyMargins(rows.classes)
  for (let i = 0; i < rows.samples; i++) addToMargins(margins, rows.labels[i]!, rows.predicted[i]!, 1)
  return marginScores(margins)
}

function groupScores(
  rows: Rows,
  groups: readonly string[],
): Required<Pick<Scores, 'perGroupTop1' | 'worstGroupTop1'>> {
  const counts = new Map<string, { samples: number; correct: number }>()
  for (let i = 0; i < rows.samples; i++) {
    const group = groups[i]!
    const count = counts.get(group) ?? { samples: 0, correct: 0 }
    count.samples++
    if (rows.rank[i] === 0) count.correct++
    counts.set(group, count)
  }
  const entries = [...counts].map(([name, { samples, correct }]) => [name, correct / samples] as const)
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    perGroupTop1: Object.fromEntries(entries),
    worstGroupTop1: Math.min(...entries.map(([, top1]) => top1)),
  }
}
