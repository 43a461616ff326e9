/** The difference of two proportions that were measured on different samples. */
import { wilsonInterval } from './intervals'

export interface Difference {
  /** The first less the second. */
  readonly value: number
  readonly low: number
  readonly high: number
}

/**
 * With its 95 % interval, a hybrid of the two Wilson intervals: method 10 of R. G. Newcombe, "Interval estimation for the
 * difference between independent proportions", 1998.
 */
export function proportionDifference(
  [firstCount, first]: readonly [successes: number, samples: number],
  [secondCount, second]: readonly [successes: number, samples: number],
): Difference {
  const [p, q] = [firstCount / first, secondCount / second]
  const a = wilsonInterval(firstCount, first)
  const b = wilsonInterval(secondCount, second)
  return {
    value: p - q,
    low: p - q - Math.hypot(p - a.low, b.high - q),
    high: p - q + Math.hypot(a.high - p, q - b.low),
  }
}
