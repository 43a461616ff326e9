/** One number measured in several runs: its mean, and how far the next run or the truth may be from it. */
import { IjepaError } from '../errors'

export interface Repeated {
  readonly mean: number
  /** Sample standard deviation, with n − 1. */
  readonly deviation: number
  /** 95 % t-interval of the mean. */
  readonly low: number
  readonly high: number
}

/**
 * Mean, standard deviation and t-interval of at least two values.
 *
 * The values of folds are not independent, since their training sets overlap, and their variance has no unbiased estimate
 * (Bengio and Grandvalet, "No unbiased estimator of the variance of k-fold cross-validation", JMLR 2004): their interval is
 * a guide, rather too narrow.
 * @throws ERR_ARGUMENT: fewer than two values
 */
export function repeated(values: readonly number[]): Repeated {
  const n = values.length
  if (n < 2) throw new IjepaError('ERR_ARGUMENT', `Expected at least two values for a deviation, got ${n}`)
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const deviation = Math.sqrt(squares / (n - 1))
  const half = (studentQuantile(n - 1) * deviation) / Math.sqrt(n)
  return { mean, deviation, low: mean - half, high: mean + half }
}

/** The t that a variable of Student's distribution exceeds in size with probability 5 %. @param freedom degrees, from 1 */
export function studentQuantile(freedom: number): number {
  let [low, high] = [0, Math.PI / 2]
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2
    if (centralProbability(middle, freedom) < 0.95) low = middle
    else high = middle
  }
  return Math.sqrt(freedom) * Math.tan((low + high) / 2)
}

/** P(|t| < √ν · tan θ), by the finite series of Abramowitz and Stegun, 26.7.3 and 26.7.4. */
function centralProbability(theta: number, freedom: number): number {
  const isOdd = freedom % 2 === 1
  const [sine, cosine] = [Math.sin(theta), Math.cos(theta)]
  let term = isOdd ? sine * cosine : sine
  let sum = 0
  for (let k = isOdd ? 1 : 0; k <= freedom - 2; k += 2) {
    sum += term
    term *= ((k + 1) / (k + 2)) * cosine * cosine
  }
  return isOdd ? (2 / Math.PI) * (theta + sum) : sum
}

/** Of every metric that all of the runs have as a number; empty with fewer than two runs. */
export function repeatedScores(runs: readonly object[]): Record<string, Repeated> {
  const [first, second] = runs
  if (first === undefined || second === undefined) return {}
  const numbers = Object.keys(first).flatMap((name) => {
    const values = runs.map((scores) => (scores as Readonly<Record<string, unknown>>)[name])
    return values.every(isNumber) ? [[name, repeated(values)] as const] : []
  })
  return Object.fromEntries(numbers)
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
