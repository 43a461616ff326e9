/**
 * Temperature scaling: the one number T by which logits are divided so that probabilities come true on pictures that were not
 * trained on (Guo et al., "On Calibration of Modern Neural Networks", 2017). It changes no decision.
 */
import { binRows } from './score'
import {
  equalCountBins,
  equalWidthBins,
  expectedError,
  reliability,
  type ReliabilityBin,
} from './calibration'
import { judgeRows, type Predictions, type Rows } from './predictions'

export interface FittedTemperature {
  /** Logits are divided by it. */
  readonly value: number
  /** Samples that it was fitted on. */
  readonly samples: number
}

/** As it is stored with a classifier, which was not trained on the samples that it was fitted on. */
export interface Temperature extends FittedTemperature {
  /** Held-out pictures of train, or those of the validation split. */
  readonly fittedOn: 'train' | 'validation'
}

const { exp, max } = Math

/** Beyond these there is no sense in a temperature: answers are all but certain, or none is better than another. */
const lowest = 0.01
const highest = 100

/**
 * The temperature with the least mean negative log likelihood, which is convex in 1 / T: Newton's steps in float64, halved where
 * they leave what holds the optimum. Undefined where there is none from 0.01 to 100: every sample is right by far, or the
 * logits say nothing of the labels, or are not finite.
 * @param rows of the logits; absent: all
 */
export function fitTemperature(
  { logits, labels }: Predictions,
  rows: ArrayLike<number> = Array.from(labels.keys()),
): FittedTemperature | undefined {
  const classes = logits.length / labels.length
  const derivatives = (scale: number) => likelihoodSlope(logits, labels, classes, rows, scale)
  let [low, high] = [1 / highest, 1 / lowest]
  // A slope that is no number fails both.
  if (!(derivatives(low).first < 0 && derivatives(high).first > 0)) return undefined
  let scale = 1
  for (let step = 0; step < 100; step++) {
    const { first, second } = derivatives(scale)
    if (first < 0) low = scale
    else high = scale
    const newton = scale - first / second
    const next = newton > low && newton < high ? newton : (low + high) / 2
    const change = Math.abs(next - scale)
    scale = next
    if (change <= 1e-12 * scale) break
  }
  return { value: 1 / scale, samples: rows.length }
}

/** First and second derivative of the mean negative log likelihood of softmax(scale · logits), by the scale. */
function likelihoodSlope(
  logits: Float32Array,
  labels: Int32Array,
  classes: number,
  rows: ArrayLike<number>,
  scale: number,
): { first: number; second: number } {
  let first = 0
  let second = 0
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    const begin = row * classes
    let largest = -Infinity
    for (let c = 0; c < classes; c++) largest = max(largest, logits[begin + c]!)
    let sum = 0
    let mean = 0
    let squares = 0
    for (let c = 0; c < classes; c++) {
      const below = logits[begin + c]! - largest
      const weight = exp(scale * below)
      sum += weight
      mean += weight * below
      squares += weight * below * below
    }
    mean /= sum
    first += mean - (logits[begin + labels[row]!]! - largest)
    second += squares / sum - mean * mean
  }
  return { first: first / rows.length, second: second / rows.length }
}

/** Calibration of a classifier whose logits are divided by a temperature. */
export interface Calibrated {
  readonly temperature: Temperature
  /** 'stored': it was fitted on other pictures. 'halves': on these, so each half is judged by the temperature of the other. */
  readonly judgedBy: 'stored' | 'halves'
  readonly nll: number
  readonly brier: number
  readonly ece: number
  readonly adaptiveEce: number
  readonly meanConfidence: number
  readonly reliability: readonly ReliabilityBin[]
}

/** Undefined where a half has no temperature of its own. */
export function calibrated(
  predictions: Predictions,
  temperature: Temperature,
  judgedBy: Calibrated['judgedBy'],
): Calibrated | undefined {
  const values = judgedBy === 'stored' ? [temperature.value] : otherHalves(predictions)
  if (values === undefined) return undefined
  const rows = judgeRows(predictions, values)
  const equalWidth = binRows(rows, equalWidthBins(rows.confidence))
  return {
    temperature,
    judgedBy,
    nll: mean(rows.nll),
    brier: mean(rows.brier),
    ece: expectedError(equalWidth),
    adaptiveEce: expectedError(binRows(rows, equalCountBins(rows.confidence))),
    meanConfidence: mean(rows.confidence),
    reliability: reliability(equalWidth),
  }
}

/** For even and for odd rows the temperature of the others. */
function otherHalves(predictions: Predictions): number[] | undefined {
  const all = Array.from(predictions.labels.keys())
  const values = [1, 0].map((half) => {
    const rows = all.filter((row) => row % 2 === half)
    return rows.length === 0 ? undefined : fitTemperature(predictions, rows)?.value
  })
  return values.every((value) => value !== undefined) ? values : undefined
}

function mean(values: Rows['nll']): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
