/** Is one classifier better than another on the same samples, or was it chance? */
import { IjepaError } from '../errors'
import { bootstrapInterval, type BootstrapOptions, type Interval } from './intervals'
import { judgeRows, type Predictions } from './predictions'

export interface Comparison {
  /** Top-1 of the second minus top-1 of the first, with its 95 % interval by paired bootstrap. */
  readonly difference: number
  readonly interval: Interval
  /** Samples that only the first, or only the second, has right. */
  readonly onlyFirst: number
  readonly onlySecond: number
  /** Two-sided exact McNemar test: how likely so uneven a pair of counts is if both were equally good. */
  readonly p: number
}

/**
 * Compares two classifiers sample by sample.
 * @throws ERR_ARGUMENT when the labels of the two are not the same, in the same order
 */
export function compare(first: Predictions, second: Predictions, options?: BootstrapOptions): Comparison {
  const same =
    first.labels.length === second.labels.length &&
    first.labels.every((label, i) => label === second.labels[i])
  if (!same) {
    throw new IjepaError(
      'ERR_ARGUMENT',
      'Expected two classifiers judged on the same samples in the same order',
    )
  }
  const a = judgeRows(first).rank
  const b = judgeRows(second).rank
  const gains = Int8Array.from(a, (rank, i) => Number(b[i] === 0) - Number(rank === 0))
  const onlyFirst = gains.filter((gain) => gain < 0).length
  const onlySecond = gains.filter((gain) => gain > 0).length
  return {
    difference: (onlySecond - onlyFirst) / gains.length,
    interval: bootstrapInterval(gains, options),
    onlyFirst,
    onlySecond,
    p: mcnemarExact(onlyFirst, onlySecond),
  }
}

/** Two-sided exact p of b against c discordant pairs: 2·P(X ≤ min(b, c)) for X ~ Binomial(b + c, ½), at most 1. */
export function mcnemarExact(b: number, c: number): number {
  const n = b + c
  const fewer = Math.min(b, c)
  let logTerm = -n * Math.LN2 // log of C(n, k)·2^−n
  let tail = Math.exp(logTerm)
  for (let k = 1; k <= fewer; k++) {
    logTerm += Math.log((n - k + 1) / k)
    tail += Math.exp(logTerm)
  }
  return Math.min(1, 2 * tail)
}
