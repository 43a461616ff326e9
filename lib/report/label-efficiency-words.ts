/** What the label-efficiency suite found, in words. */
import type { LabelMethod } from '../metrics'
import type { LabelEfficiencySection } from './report-data'
import { count, percent } from './words'

export const methodWords: Readonly<Record<LabelMethod, string>> = {
  probe: 'probe of the encoder',
  'random-probe': 'probe of random weights',
  finetune: 'fine-tuned encoder',
  scratch: 'trained from scratch',
}

/** The headline of each pair of methods, then how it was measured. */
export function labelEfficiencySentences(section: LabelEfficiencySection): string[] {
  const { encoder, needed, features, curves } = section
  const has = (method: LabelMethod): boolean => curves.some((curve) => curve.method === method)
  const from = features === 'last4' ? 'the last four blocks' : 'the last block'
  return [
    ...needed.map((one) => neededSentence(encoder, one)),
    `Probes: logistic regression on features of ${from}, by MSN's low-shot protocol, with nothing to choose.` +
      (has('finetune')
        ? ' Fine-tuning and training from scratch: the default recipe for so many images.'
        : ''),
  ]
}

/**
 * 'A probe of encoder.safetensors needs 83 labelled images (95 % interval 62 to 111) to reach what a probe of random weights
 * reaches with 2,000 images, a top-1 of 27.4 %.', or that it never does.
 */
function neededSentence(encoder: string, needed: LabelEfficiencySection['needed'][number]): string {
  const { method, baseline, target, targetImages, reached, of } = needed
  const subject = method === 'probe' ? `A probe of ${encoder}` : `Fine-tuning ${encoder}`
  const other = baseline === 'scratch' ? 'training from scratch' : 'a probe of random weights'
  const level = `what ${other} reaches with ${count(targetImages, 'image')}, a top-1 of ${percent(target)}`
  if (reached === 0) return `${subject} never reaches ${level}, with as many labels as were tried.`
  const draws = reached === of ? '' : ` in ${reached} of ${of} draws`
  return `${subject} needs ${labels(needed)}${draws} to reach ${level}.`
}

function labels({ images, low, high, atMost }: LabelEfficiencySection['needed'][number]): string {
  const number = count(Math.round(images!), 'labelled image')
  if (atMost) return `at most ${number}`
  if (low === null || high === null) return number
  return `${number} (95 % interval ${whole(low)} to ${whole(high)})`
}

const whole = (value: number): string => Math.round(value).toLocaleString('en-US')

/** Over the draws of a point. */
export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
