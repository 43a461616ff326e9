/** What every metric starts from: logits with labels, checked, and one pass over their rows. */
import { IjepaError } from '../errors'

// Called for every logit: where a test has globals of its own each look-up of one takes as long as the rest.
const { exp } = Math
const { isFinite } = Number

export interface Predictions {
  /** [N, C], row-major; C = logits.length / labels.length. */
  readonly logits: Float32Array
  /** [N], class indices from 0 to C − 1. */
  readonly labels: Int32Array
  /** [N], the name of each sample's group. */
  readonly groups?: readonly string[]
}

/** Per row: the decision, how sure it was, and how wrong. Probabilities are the softmax of the row, in float64. */
export interface Rows {
  readonly samples: number
  readonly classes: number
  readonly labels: Int32Array
  /** [N], index of the largest logit; of equal ones the lowest. */
  readonly predicted: Int32Array
  /** [N], probability of `predicted`. */
  readonly confidence: Float64Array
  /** [N], negative log likelihood of the label, natural logarithm. */
  readonly nll: Float64Array
  /** [N], squared distance between the probabilities and the one-hot label, 0 to 2. */
  readonly brier: Float64Array
  /** [N], how many classes come before the label: larger logits, and equal ones of a lower index. */
  readonly rank: Int32Array
  /** [N], largest logit, divided by the temperature. */
  readonly largest: Float64Array
  /** [N], logarithm of the sum of exp(logit − largest), of logits that were divided alike. */
  readonly logSum: Float64Array
}

/**
 * @returns the number of classes C
 * @throws ERR_ARGUMENT: no rows, or lengths or labels that do not belong together
 */
export function checkPredictions({ logits, labels, groups }: Predictions): number {
  const samples = labels.length
  if (samples === 0) throw new IjepaError('ERR_ARGUMENT', 'Expected at least one labelled sample, got none')
  const classes = logits.length / samples
  if (!Number.isInteger(classes) || classes === 0) {
    throw new IjepaError(
      'ERR_ARGUMENT',
      `Expected logits of shape [${samples}, classes], row-major, got ${logits.length} values`,
    )
  }
  const wrong = labels.findIndex((label) => label < 0 || label >= classes)
  if (wrong !== -1) {
    throw new IjepaError(
      'ERR_ARGUMENT',
      `Expected labels from 0 to ${classes - 1}, got ${labels[wrong]} for sample ${wrong}`,
    )
  }
  if (groups && groups.length !== samples) {
    throw new IjepaError(
      'ERR_ARGUMENT',
      `Expected a group for each of ${samples} samples, got ${groups.length}`,
    )
  }
  return classes
}

/**
 * One pass over all rows, O(N·C).
 * @param temperatures by which the logits are divided: row i's by the one at i modulo their number
 * @throws ERR_ARGUMENT as checkPredictions; ERR_NOT_FINITE: a logit is NaN or infinite, naming the sample
 */
export function judgeRows(predictions: Predictions, temperatures: readonly number[] = [1]): Rows {
  const classes = checkPredictions(predictions)
  const { logits, labels } = predictions
  const samples = labels.length
  const rows: Rows = {
    samples,
    classes,
    labels,
    predicted: new Int32Array(samples),
    confidence: new Float64Array(samples),
    nll: new Float64Array(samples),
    brier: new Float64Array(samples),
    rank: new Int32Array(samples),
    largest: new Float64Array(samples),
    logSum: new Float64Array(samples),
  }
  const scales = temperatures.map((temperature) => 1 / temperature)
  for (let row = 0; row < samples; row++) judgeRow(logits, row, scales[row % scales.length]!, rows)
  return rows
}

function judgeRow(logits: Float32Array, row: number, scale: number, out: Rows): void {
  const begin = row * out.classes
  const label = out.labels[row]!
  const own = logits[begin + label]!
  let largest = -Infinity
  let predicted = 0
  let rank = 0
  let finite = true
  for (let i = 0; i < out.classes; i++) {
    const value = logits[begin + i]!
    if (!isFinite(value)) finite = false
    if (value > largest) {
      largest = value
      predicted = i
    }
    if (value > own || (value === own && i < label)) rank++
  }
  if (!finite) throw notFinite(row)
  let sum = 0
  let squares = 0
  for (let i = 0; i < out.classes; i++) {
    const exponential = exp(scale * (logits[begin + i]! - largest))
    sum += exponential
    squares += exponential * exponential
  }
  out.predicted[row] = predicted
  out.confidence[row] = 1 / sum
  out.nll[row] = Math.log(sum) + scale * (largest - own)
  out.brier[row] = squares / (sum * sum) - (2 * exp(scale * (own - largest))) / sum + 1
  out.rank[row] = rank
  out.largest[row] = scale * largest
  out.logSum[row] = Math.log(sum)
}

function notFinite(row: number): IjepaError {
  return new IjepaError(
    'ERR_NOT_FINITE',
    `Expected finite logits, got NaN or an infinity for sample ${row}: the model has diverged, or its input was not finite`,
    { sample: row },
  )
}
