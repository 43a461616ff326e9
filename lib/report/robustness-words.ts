/** What the robustness suite found, in words. */
import type { RobustnessSection, RunSection, ScoreEntry } from './report-data'
import { count, intervalText, listed, percent } from './words'

/** 'Gaussian noise' of 'gaussian_noise'. */
export function corruptionWords(name: string): string {
  const words = name.replaceAll('_', ' ')
  return words === 'jpeg compression' ? 'JPEG compression' : `${words[0]!.toUpperCase()}${words.slice(1)}`
}

/** The same within a sentence. */
export const inSentence = (name: string): string =>
  corruptionWords(name).replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase())

/** Whether the section's means are over it. */
export function isAveraged({ averaged }: RobustnessSection, name: string): boolean {
  return averaged.includes(name)
}

/**
 * 'finetune is wrong for 38.0 % of the images as they are and for 55.1 % under 15 corruptions (95 % interval 52.7 – 57.6 %): 17.1
 * points more.'
 */
export function robustnessSentence(name: string, robustness: RobustnessSection): string {
  const { cleanError, meanError, meanIncrease, averaged, corruptions } = robustness
  const over = averaged.length === 1 ? inSentence(averaged[0]!) : `${averaged.length} corruptions`
  if (meanError === null || meanIncrease === null) return `${name}: no corruption was measured.`
  const points = (100 * Math.abs(meanIncrease.value)).toFixed(1)
  const more = meanIncrease.value < 0 ? 'fewer' : 'more'
  const sentence = `${name} is wrong for ${percent(cleanError.value)} of the images as they are and for ${percent(meanError.value)} under ${over} (95 % interval ${intervalText('top1', meanError)}): ${points} points ${more}.`
  const some = corruptions.filter((one) => isAveraged(robustness, one.name))
  return some.length < 2 ? sentence : `${sentence} ${worstSentence(some)}`
}

function worstSentence(corruptions: RobustnessSection['corruptions']): string {
  const sorted = [...corruptions].sort((a, b) => b.mean.value - a.mean.value)
  const words = (some: typeof sorted): string =>
    listed(some.map(({ name, mean }) => `${inSentence(name)} (${percent(mean.value, 0)})`))
  return `Worst: ${words(sorted.slice(0, Math.min(3, sorted.length - 1)))}; least: ${words(sorted.slice(-1))}.`
}

/** How it was measured, and what ImageNet-C's own numbers are where they have a meaning. */
export function robustnessNotes(robustness: RobustnessSection): string[] {
  const { images, mce, relativeMce, notes } = robustness
  const numbers = (entry: ScoreEntry): string =>
    `${(100 * entry.value).toFixed(1)} (95 % interval ${(100 * entry.low!).toFixed(1)} – ${(100 * entry.high!).toFixed(1)})`
  return [
    ...(mce && relativeMce
      ? [
          `mCE ${numbers(mce)}, relative mCE ${numbers(relativeMce)}: errors, and what they grow by, over AlexNet's, which has 100. Corrupted here and not read from ImageNet-C's JPEG files, so close to published numbers, not the same.`,
        ]
      : ['Errors are not normalised: mCE divides by those of AlexNet, which are known for ImageNet alone.']),
    `${count(images, 'image')}, corrupted after resizing and cropping, as in ImageNet-C and with its strengths, for images of less than 85 pixels those of CIFAR-10-C. Frost is drawn here, not photographed as theirs.`,
    ...notes.map((note) => `${note}.`),
  ]
}

export const hasRobustness = (runs: readonly RunSection[]): boolean =>
  runs.some(({ robustness }) => robustness !== undefined)
