/** Errors under corruptions, summed up as ImageNet-C does (D. Hendrycks and T. Dietterich, ICLR 2019). */
import { alexNetCleanError, alexNetErrors } from './alexnet-errors'
import { bootstrapIntervals, wilsonInterval, type BootstrapOptions, type Interval } from './intervals'

/** Which pictures were right, of the same N pictures as they are and under every corruption at every severity. */
export interface CorruptionResults {
  readonly corruptions: readonly string[]
  readonly severities: readonly number[]
  /** [N], 1: right. */
  readonly clean: Uint8Array
  /** [corruptions, severities, N], row-major. */
  readonly corrupted: Uint8Array
  /** Those that the means are over; the others stand beside them. */
  readonly averaged: readonly string[]
  /** The classes are ImageNet's 1,000: mCE has a meaning. */
  readonly isImageNet: boolean
}

export interface Estimate {
  readonly value: number
  readonly low: number
  readonly high: number
  readonly method: Interval['method']
}

export interface RobustnessScores {
  readonly images: number
  readonly cleanError: Estimate
  readonly corruptions: readonly {
    readonly name: string
    /** By severity. */
    readonly errors: readonly Estimate[]
    readonly mean: Estimate
    /** Over AlexNet's, with all five severities of one of the benchmark's 15 on ImageNet; else null. */
    readonly ce: number | null
  }[]
  /** Mean over corruptions and severities, not normalised; null without any corruption to average. */
  readonly meanError: Estimate | null
  /** That, less the error on the pictures as they are. */
  readonly meanIncrease: Estimate | null
  /** Mean over the 15 of the errors over AlexNet's; null but on ImageNet with all of the benchmark. */
  readonly mce: Estimate | null
  /** The same of increases over the clean error. */
  readonly relativeMce: Estimate | null
}

/** Wilson's intervals of single errors; percentile bootstrap over pictures of means, which keeps what belongs together. */
export function robustnessScores(results: CorruptionResults, options?: BootstrapOptions): RobustnessScores {
  const { corruptions, severities, clean, averaged } = results
  const images = clean.length
  const wrong = corruptions.map((_, index) => severities.map((__, s) => wrongOf(results, index, s)))
  const normalised = isWholeBenchmark(results)
  const means = corruptions.map((_, index) => meanWrong(wrong[index]!))
  const chosen = corruptions.flatMap((name, index) => (averaged.includes(name) ? [index] : []))
  const statistics = [...means, ...summaries(results, means, chosen, normalised)]
  const estimates = meanEstimates(statistics, images, options)
  const [meanError = null, meanIncrease = null, mce = null, relativeMce = null] = estimates.slice(
    corruptions.length,
  )
  return {
    images,
    cleanError: errorOf(clean),
    corruptions: corruptions.map((name, index) => ({
      name,
      errors: wrong[index]!.map((values) => errorOf(values.map((value) => 1 - value))),
      mean: estimates[index]!,
      ce: normalised && name in alexNetErrors ? estimates[index]!.value / alexNetErrors[name]! : null,
    })),
    meanError,
    meanIncrease,
    mce,
    relativeMce,
  }
}

function isWholeBenchmark({ isImageNet, corruptions, severities }: CorruptionResults): boolean {
  return (
    isImageNet &&
    severities.length === 5 &&
    Object.keys(alexNetErrors).every((name) => corruptions.includes(name))
  )
}

/** A mean over pictures of what each adds to it. */
type Shares = Float64Array

function summaries(
  { corruptions, clean }: CorruptionResults,
  means: readonly Shares[],
  chosen: readonly number[],
  normalised: boolean,
): Shares[] {
  if (chosen.length === 0) return []
  const over = (share: (index: number, picture: number) => number): Shares =>
    Float64Array.from(clean, (_, picture) => {
      let sum = 0
      for (const index of chosen) sum += share(index, picture)
      return sum / chosen.length
    })
  const alexNet = corruptions.map((name) => alexNetErrors[name] ?? NaN)
  const cleanWrong = (picture: number): number => 1 - clean[picture]!
  const increase = (index: number, picture: number): number => means[index]![picture]! - cleanWrong(picture)
  const plain = [over((index, picture) => means[index]![picture]!), over(increase)]
  if (!normalised) return plain
  return [
    ...plain,
    over((index, picture) => means[index]![picture]! / alexNet[index]!),
    over((index, picture) => increase(index, picture) / (alexNet[index]! - alexNetCleanError)),
  ]
}

/** Means over pictures of what each adds to them, with percentile bootstrap intervals over the same draws. */
export function meanEstimates(
  statistics: readonly Float64Array[],
  images: number,
  options?: BootstrapOptions,
): Estimate[] {
  const intervals = bootstrapIntervals(
    images,
    (counts) =>
      statistics.map((shares) => {
        let sum = 0
        for (let i = 0; i < images; i++) sum += counts[i]! * shares[i]!
        return sum / images
      }),
    options,
  )
  return statistics.map((shares, index) => ({
    value: shares.reduce((sum, share) => sum + share, 0) / images,
    ...intervals[index]!,
  }))
}

function wrongOf(
  { severities, clean, corrupted }: CorruptionResults,
  index: number,
  severity: number,
): Uint8Array {
  const begin = (index * severities.length + severity) * clean.length
  return corrupted.subarray(begin, begin + clean.length).map((right) => 1 - right)
}

function meanWrong(bySeverity: readonly Uint8Array[]): Shares {
  return Float64Array.from(
    bySeverity[0]!,
    (_, picture) => bySeverity.reduce((sum, wrong) => sum + wrong[picture]!, 0) / bySeverity.length,
  )
}

function errorOf(right: Uint8Array): Estimate {
  const wrong = right.reduce((sum, value) => sum + (1 - value), 0)
  return { value: wrong / right.length, ...wilsonInterval(wrong, right.length) }
}
