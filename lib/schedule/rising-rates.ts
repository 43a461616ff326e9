/** The learning-rate range test: which rates it tries, when it ends, and what it suggests (L. N. Smith, arXiv 1506.01186). */

export interface RateRange {
  readonly from: number
  readonly to: number
  /** Updates, one a rate. */
  readonly steps: number
}

/** Weight of what was before in the mean of the losses. */
const smoothing = 0.9

/** From `from` to `to` in equal factors. */
export function risingRates({ from, to, steps }: RateRange): number[] {
  return Array.from({ length: steps }, (_, i) => from * (to / from) ** (i / (steps - 1)))
}

/** Exponential means of the losses so far, corrected for their start at 0 as Adam's are. */
export function smoothed(losses: readonly number[]): number[] {
  let sum = 0
  return losses.map((loss, i) => {
    sum = smoothing * sum + (1 - smoothing) * loss
    return sum / (1 - smoothing ** (i + 1))
  })
}

/** The mean loss is above four times the least so far: higher rates tell no more. */
export function hasDiverged(losses: readonly number[]): boolean {
  const means = smoothed(losses)
  return means.length > 0 && means.at(-1)! > 4 * Math.min(...means)
}

/**
 * The rate at which the mean loss falls most steeply over the logarithm of the rate, before its minimum. Where it never falls,
 * the first rate.
 */
export function suggestedRate(rates: readonly number[], losses: readonly number[]): number {
  const means = smoothed(losses)
  const lowest = means.indexOf(Math.min(...means))
  let [best, steepest] = [0, 0]
  for (let i = 1; i < lowest; i++) {
    const slope = (means[i + 1]! - means[i - 1]!) / Math.log(rates[i + 1]! / rates[i - 1]!)
    if (slope < steepest) [best, steepest] = [i, slope]
  }
  return rates[best]!
}
