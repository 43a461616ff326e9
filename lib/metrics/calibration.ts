/**
 * Does a confidence of 80 % mean 80 % right? Binned calibration errors of the largest probability.
 *
 * Expected calibration error: Guo et al., "On Calibration of Modern Neural Networks", 2017: 15 bins (lower, upper], the
 * mean of |accuracy − confidence| weighted by samples. The adaptive form has bins of equal counts (edges at the quantiles).
 */

export const calibrationBins = 15

export interface ReliabilityBin {
  readonly lower: number
  readonly upper: number
  readonly samples: number
  /** Mean confidence and accuracy of the bin's samples; absent without samples. */
  readonly confidence?: number
  readonly accuracy?: number
}

/** Sums over bins, from which every calibration error follows; each array is [bins]. */
export interface BinSums {
  readonly samples: Float64Array
  readonly confidence: Float64Array
  readonly correct: Float64Array
}

/** Bin of each confidence among equal widths: (lower, upper]. */
export function equalWidthBins(confidence: Float64Array, bins = calibrationBins): Int32Array {
  return Int32Array.from(confidence, (p) => Math.min(bins - 1, Math.max(0, Math.ceil(p * bins) - 1)))
}

/**
 * Bin of each confidence among equal counts: edges at the linearly interpolated quantiles, the outer ones 0 and 1,
 * [lower, upper) but for the last, which holds 1.
 */
export function equalCountBins(confidence: Float64Array, bins = calibrationBins): Int32Array {
  const sorted = Float64Array.from(confidence).sort()
  const inner = Array.from({ length: bins - 1 }, (_, i) => quantile(sorted, (i + 1) / bins))
  return Int32Array.from(confidence, (p) => inner.filter((edge) => edge <= p).length)
}

/** Linear interpolation between the two nearest of ascending values, as numpy's default. */
export function quantile(sorted: Float64Array, q: number): number {
  const place = (sorted.length - 1) * q
  const below = Math.floor(place)
  const low = sorted[below] ?? NaN
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? NaN
  return low + (high - low) * (place - below)
}

export function emptyBins(bins = calibrationBins): BinSums {
  return {
    samples: new Float64Array(bins),
    confidence: new Float64Array(bins),
    correct: new Float64Array(bins),
  }
}

export function addToBin(
  sums: BinSums,
  bin: number,
  confidence: number,
  correct: boolean,
  count: number,
): void {
  sums.samples[bin] = sums.samples[bin]! + count
  sums.confidence[bin] = sums.confidence[bin]! + count * confidence
  if (correct) sums.correct[bin] = sums.correct[bin]! + count
}

/** Mean of |accuracy − confidence| over bins, weighted by samples. */
export function expectedError({ samples, confidence, correct }: BinSums): number {
  let gaps = 0
  let total = 0
  for (let bin = 0; bin < samples.length; bin++) {
    gaps += Math.abs(correct[bin]! - confidence[bin]!)
    total += samples[bin]!
  }
  return gaps / total
}

/** Largest |accuracy − confidence| of a bin that has samples. */
export function maximumError({ samples, confidence, correct }: BinSums): number {
  let largest = 0
  for (let bin = 0; bin < samples.length; bin++) {
    if (samples[bin]! > 0)
      largest = Math.max(largest, Math.abs(correct[bin]! - confidence[bin]!) / samples[bin]!)
  }
  return largest
}

export function reliability({ samples, confidence, correct }: BinSums): ReliabilityBin[] {
  const bins = samples.length
  return Array.from({ length: bins }, (_, bin) => {
    const n = samples[bin]!
    const edges = { lower: bin / bins, upper: (bin + 1) / bins, samples: n }
    return n === 0 ? edges : { ...edges, confidence: confidence[bin]! / n, accuracy: correct[bin]! / n }
  })
}
