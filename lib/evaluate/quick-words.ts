/** What the quick budget leaves out, and why, in words. */
import { sensitivityChanges } from '../config'
import type { EvaluateRunsOptions } from './evaluation'
import { changedSeconds, encodingSeconds, mostImages, type QuickChoice } from './quick-budget'

/** How many of the pictures were changed, and why not all; nothing where all were. */
export function leftOutNotes(
  images: number,
  all: number,
  { quick, config }: Pick<EvaluateRunsOptions, 'quick' | 'config'>,
): string[] {
  if (images >= all) return []
  const measured = `Measured on ${counted(images)} of ${counted(all)} images, of every class alike`
  if (config.maxImages !== null || quick === undefined) return [`${measured}, as maxImages says`]
  const most = images >= mostImages ? `, and ${counted(mostImages)} at most` : ''
  return [
    `${measured}: the quick budget takes what is done in ${minutes(changedSeconds)} at ${rate(quick.speed.changed)} images a second, as measured when it began${most}; budget 'full' takes all`,
  ]
}

/** What a label-efficiency curve leaves out, and why. @param large names of its points that are left out */
export function labelNotes(
  { encodedImages, speed }: QuickChoice,
  large: readonly string[],
  judged: { readonly images: number; readonly of: number },
): string[] {
  const reason = `as many as are done in ${minutes(encodingSeconds / 2)} at ${rate(speed.encoding)} images a second, as measured when it began`
  return [
    "The quick budget leaves out fine-tuning and training from scratch: budget 'full' has them",
    ...(large.length > 0
      ? [
          `The quick budget leaves out ${large.join(' and ')}: it encodes up to ${counted(encodedImages)} training images, ${reason}`,
        ]
      : []),
    ...(judged.images < judged.of
      ? [
          `Judged on ${counted(judged.images)} of ${counted(judged.of)} images, of every class alike: the quick budget takes no more at that speed`,
        ]
      : []),
  ]
}

/** One line before the suites begin. */
export function budgetLine({ config, runs }: EvaluateRunsOptions, quick: QuickChoice, all: number): string {
  const { suites, sensitivity } = config
  const { images, corruptions, severities, encodedImages, speed } = quick
  const isRobust = suites.includes('robustness')
  const kinds = [
    ...(isRobust
      ? [`${several(corruptions.length, 'corruption')} at ${several(severities.length, 'severity')}`]
      : []),
    ...(sensitivity ? [`${sensitivityChanges.length} other changes`] : []),
  ]
  const changes =
    (isRobust ? corruptions.length * severities.length : 0) + (sensitivity ? sensitivityChanges.length : 0)
  const judged = Math.min(images, all)
  const time = Math.max(1, Math.round((judged * changes * speed.changed) / 60))
  const parts = [
    ...(changes > 0
      ? [
          `${counted(judged)} of ${counted(all)} images under ${kinds.join(' and ')}, about ${time} min at ${rate(speed.changed)} images a second${runs.length > 1 ? `, judged by ${runs.length} runs` : ''}`,
        ]
      : []),
    ...(suites.includes('labelEfficiency')
      ? [`label efficiency with at most ${counted(encodedImages)} training images encoded, and probes alone`]
      : []),
  ]
  return `quick budget: ${parts.join('; ')} (budget 'full' takes all)`
}

const several = (value: number, noun: string): string =>
  `${value} ${value === 1 ? noun : `${noun}s`.replace(/ys$/, 'ies')}`
const counted = (value: number): string => value.toLocaleString('en-US')
const minutes = (seconds: number): string => `${Math.round(seconds / 60)} minutes`

/** Of seconds for one picture: images a second, to two digits. */
const rate = (seconds: number): string => {
  const value = 1 / seconds
  return value >= 100 ? counted(Number(value.toPrecision(2))) : String(Number(value.toPrecision(2)))
}
