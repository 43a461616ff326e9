/** How far a number measured on a sample may be from the truth: Wilson's and bootstrap intervals. */
import { IjepaError } from '../errors'
import { quantile } from './calibration'
import { drawsBelow } from './random'

export interface Interval {
  readonly low: number
  readonly high: number
  readonly method: 'wilson' | 'bootstrap' | 'delong'
}

export interface BootstrapOptions {
  /** @default 1000 */
  readonly resamples?: number
  /** @default 0 */
  readonly seed?: number
  /** Coverage, between 0 and 1. @default 0.95 */
  readonly level?: number
}

/** Quantile of the standard normal distribution for a two-sided 95 %. */
const z95 = 1.959963984540054

/** Wilson's score interval of a proportion, 95 % (E. B. Wilson, 1927): inside [0, 1] and sound for few samples. */
export function wilsonInterval(successes: number, samples: number): Interval {
  if (!(samples > 0 && successes >= 0 && successes <= samples)) {
    throw new IjepaError(
      'ERR_ARGUMENT',
      `Expected successes from 0 to a positive number of samples, got ${successes} of ${samples}`,
    )
  }
  const p = successes / samples
  const z2 = (z95 * z95) / samples
  const centre = (p + z2 / 2) / (1 + z2)
  const half = (z95 * Math.sqrt((p * (1 - p)) / samples + z2 / (4 * samples))) / (1 + z2)
  return {
    low: successes === 0 ? 0 : Math.max(0, centre - half),
    high: successes === samples ? 1 : Math.min(1, centre + half),
    method: 'wilson',
  }
}

/** The interval, widened to hold an estimate that resampling is biased from. */
export function holding(interval: Interval, estimate: number): Interval {
  return { ...interval, low: Math.min(interval.low, estimate), high: Math.max(interval.high, estimate) }
}

/** The estimate ± 1.96 standard errors, inside [0, 1]. */
export function normalInterval(estimate: number, standardError: number): Interval {
  const half = z95 * standardError
  return { low: Math.max(0, estimate - half), high: Math.min(1, estimate + half), method: 'delong' }
}

/**
 * Percentile bootstrap (B. Efron, 1979) of one or several statistics over the same draws.
 * @param samples N, the number of samples that are drawn, with replacement
 * @param statistics gets how often each sample was drawn, [N] (reused between calls), and returns its values
 * @returns one interval for each value
 */
export function bootstrapIntervals(
  samples: number,
  statistics: (counts: Uint16Array) => readonly number[],
  { resamples = 1000, seed = 0, level = 0.95 }: BootstrapOptions = {},
): Interval[] {
  if (!(samples >= 1 && Number.isInteger(resamples) && resamples >= 2 && level > 0 && level < 1)) {
    throw new IjepaError('ERR_ARGUMENT', 'Expected samples ≥ 1, resamples ≥ 2 and a level between 0 and 1', {
      samples,
      resamples,
      level,
    })
  }
  const draw = drawsBelow(samples, seed)
  const counts = new Uint16Array(samples)
  const drawn: Float64Array[] = []
  for (let r = 0; r < resamples; r++) {
    counts.fill(0)
    for (let i = 0; i < samples; i++) counts[draw()]!++
    for (const [s, value] of statistics(counts).entries())
      (drawn[s] ??= new Float64Array(resamples))[r] = value
  }
  return drawn.map((values) => {
    values.sort()
    return {
      low: quantile(values, (1 - level) / 2),
      high: quantile(values, (1 + level) / 2),
      method: 'bootstrap',
    }
  })
}

/** Percentile bootstrap of the mean of values, or of another statistic of how often each sample was drawn. */
export function bootstrapInterval(
  values: ArrayLike<number>,
  options?: BootstrapOptions & { readonly statistic?: (counts: Uint16Array) => number },
): Interval {
  const mean = (counts: Uint16Array): number => {
    let sum = 0
    for (let i = 0; i < counts.length; i++) sum += counts[i]! * values[i]!
    return sum / counts.length
  }
  const statistic = options?.statistic ?? mean
  const [interval] = bootstrapIntervals(values.length, (counts) => [statistic(counts)], options)
  return interval!
}
