/**
 * Which labels are likely wrong: confident learning (Northcutt, Jiang and Chuang, "Confident learning: estimating uncertainty in
 * dataset labels", 2021, arXiv:1911.00068), with the details of their cleanlab. The predictions have to be of pictures that
 * were not trained on.
 */
import type { Predictions, Rows } from './predictions'

export interface LabelIssue {
  /** Row of the logits. */
  readonly row: number
  readonly label: number
  /** What it looks like. */
  readonly suggested: number
  /** Probability of the suggested class, and of the label. */
  readonly probability: number
  readonly labelProbability: number
}

/** Probabilities closer than this are taken for equal. */
const slack = 1e-6

/**
 * A class is confident of a row whose probability for it reaches the mean that the class' own samples are given. Rows are doubtful
 * where a class other than the label is, the likelier one where several are, and where the classifier does not answer with the
 * label either. Those with the smallest margin, label's probability less the largest other one, come first.
 */
export function labelIssues({ logits }: Predictions, rows: Rows): LabelIssue[] {
  const { classes, labels, predicted, samples } = rows
  const thresholds = confidentThresholds(rows).map((threshold) => Math.log(threshold - slack))
  const found: (LabelIssue & { readonly margin: number })[] = []
  for (let row = 0; row < samples; row++) {
    const label = labels[row]!
    if (predicted[row] === label) continue
    const own = logits.subarray(row * classes, (row + 1) * classes)
    const normaliser = rows.largest[row]! + rows.logSum[row]!
    const suggested = guess(own, normaliser, thresholds, predicted[row]!)
    if (suggested === undefined || suggested === label) continue
    const probability = (c: number): number => Math.exp(own[c]! - normaliser)
    const labelProbability = probability(label)
    found.push({
      row,
      label,
      suggested,
      probability: probability(suggested),
      labelProbability,
      margin: labelProbability - rows.confidence[row]!,
    })
  }
  return found.sort((a, b) => a.margin - b.margin || a.row - b.row).map(({ margin: _, ...issue }) => issue)
}

/** Mean probability of the label over the samples of each class; out of reach for a class without samples. */
function confidentThresholds({ classes, labels, nll }: Rows): Float64Array {
  const sums = new Float64Array(classes)
  const counts = new Float64Array(classes)
  labels.forEach((label, row) => {
    sums[label] = sums[label]! + Math.exp(-nll[row]!)
    counts[label] = counts[label]! + 1
  })
  return sums.map((sum, c) => (counts[c] === 0 ? Infinity : Math.max(2 * slack, sum / counts[c]!)))
}

/** @param thresholds logarithms: a class is compared without its probability */
function guess(
  logits: Float32Array,
  normaliser: number,
  thresholds: Float64Array,
  predicted: number,
): number | undefined {
  let confident: number | undefined
  for (let c = 0; c < thresholds.length; c++) {
    if (logits[c]! - normaliser < thresholds[c]!) continue
    if (confident !== undefined) return predicted
    confident = c
  }
  return confident
}
