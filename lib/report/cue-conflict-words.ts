/** Whether shape or texture decides, in words. */
import type { CueConflictSection, RunSection } from './report-data'
import { count, intervalText, percent } from './words'

export const hasCueConflict = (runs: readonly RunSection[]): boolean =>
  runs.some(({ cueConflict }) => cueConflict !== undefined)

export const cueConflictSentences = (runs: readonly RunSection[]): string[] =>
  runs.flatMap(({ name, cueConflict }) => (cueConflict ? [cueConflictSentence(name, cueConflict)] : []))

/**
 * 'finetune decides by shape for 14.2 % and by texture for 51.0 % of 1,200 images on which the two disagree: shape bias 21.8 % (95 %
 * interval 18.9 – 25.0 %), so more often by texture.'
 */
function cueConflictSentence(name: string, section: CueConflictSection): string {
  const { images, shape, texture, shapeBias, agreeing, skipped } = section
  const shares = `${name} decides by shape for ${percent(shape.value)} and by texture for ${percent(texture.value)} of ${count(images, 'image')} on which the two disagree`
  const rest = [
    ...(agreeing > 0 ? [` ${count(agreeing, 'image')} on which they agree ${verb(agreeing)} left out.`] : []),
    ...(skipped > 0 ? [` ${count(skipped, 'file')} could not be read.`] : []),
  ].join('')
  if (shapeBias === null) return `${shares}: there is no shape bias to tell.${rest}`
  return `${shares}: shape bias ${percent(shapeBias.value)} (95 % interval ${intervalText('top1', shapeBias)}), ${verdict(shapeBias)}.${rest}`
}

function verdict({ low, high }: { low: number; high: number }): string {
  if (high < 0.5) return 'so more often by texture'
  return low > 0.5 ? 'so more often by shape' : 'so which of the two it prefers cannot be told'
}

const verb = (images: number): string => (images === 1 ? 'is' : 'are')
