/** How good the runs are without the images that they were trained on, in words. */
import type { ReportDocument, RunSection } from './report-data'
import { headline } from './sentences'
import { count, intervalText, listed, metricWords, percent, scoreText } from './words'

/**
 * '12 of the 400 test images are in training as well; without them top-1 of linear-probe is 38.2 % (95 % interval 33.4 – 43.2 %; 91.7 %
 * of the 12), …'; undefined where nothing leaked.
 */
export function leakSentence({ evaluation, runs }: ReportDocument): string | undefined {
  const { leaked, samples, split } = evaluation
  if (!leaked || leaked.images === 0) return undefined
  const all = count(samples, `${split} image`)
  if (leaked.images === samples) {
    return `All ${all} are in training as well: the numbers tell what was remembered, and nothing of new images.`
  }
  const [are, them] = leaked.images === 1 ? ['is', 'it'] : ['are', 'them']
  const known = runs.filter(({ withoutLeaked }) => withoutLeaked !== undefined)
  const numbers = listed(
    known.map((run) => withoutWords(run, leaked.images)),
    known.length,
  )
  const without = numbers === '' ? '' : `; without ${them} ${numbers}`
  return `${leaked.images.toLocaleString('en-US')} of the ${all} ${are} in training as well${without}.`
}

/** 'top-1 of linear-probe is 38.2 % (95 % interval 33.4 – 43.2 %; 91.7 % of the 12)'. */
function withoutWords({ name, scores, withoutLeaked }: RunSection, images: number): string {
  const metric = headline(scores)
  const { others, leaked } = withoutLeaked ?? {}
  if (!others) return `${metricWords(metric)} of ${name} cannot be told`
  const among =
    leaked && images > 1 ? `; ${percent(leaked.value)} of the ${images.toLocaleString('en-US')}` : ''
  return `${metricWords(metric)} of ${name} is ${scoreText(metric, others.value)} (95 % interval ${intervalText(metric, others)}${among})`
}

/** Beside a run's accuracy: 'without the 12 images that are in training as well: 38.2 % (33.4 – 43.2 %)'. */
export function withoutLeakedNote(
  { scores, withoutLeaked }: RunSection,
  { leaked }: ReportDocument['evaluation'],
): string | undefined {
  const { others } = withoutLeaked ?? {}
  if (!others || !leaked) return undefined
  const metric = headline(scores)
  const images =
    leaked.images === 1 ? 'image that is' : `${leaked.images.toLocaleString('en-US')} images that are`
  return `without the ${images} in training as well: ${scoreText(metric, others.value)} (${intervalText(metric, others)})`
}

/** 'none, compared by their bytes': for the table of facts. */
export function leakedFact({
  images,
  comparedBy,
}: NonNullable<ReportDocument['evaluation']['leaked']>): string {
  const how = comparedBy === 'content' ? 'by their bytes' : 'by their paths alone, since they are too many'
  return `${images === 0 ? 'none' : images.toLocaleString('en-US')}, compared ${how}`
}
