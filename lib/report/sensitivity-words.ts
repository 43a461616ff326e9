/** What a classifier's decisions change with, in words. */
import type { RunSection, ScoreEntry, SensitivitySection } from './report-data'
import { count, intervalText, listed, percent } from './words'

type Change = SensitivitySection['changes'][number]

/** What each attribute is, and what takes it away. */
const attributeWords: Readonly<Record<string, readonly [quality: string, change: string]>> = {
  colour: ['colour', 'in grey or with the hue turned'],
  detail: ['fine detail', 'blurred'],
  arrangement: ['the arrangement of the parts', 'with patches shuffled'],
  sides: ['left and right', 'mirrored'],
  upright: ['which way is up', 'turned'],
  extent: ['seeing all of it', 'cropped'],
}

export const qualityWords = (attribute: string): string => attributeWords[attribute]?.[0] ?? attribute

const underWords = (attribute: string): string => attributeWords[attribute]?.[1] ?? `without ${attribute}`

/** 'Hue turned by 90°'. */
export function changeWords({ name, strength }: Pick<Change, 'name' | 'strength'>): string {
  const words: Readonly<Record<string, string>> = {
    grey: 'In grey',
    hue: `Hue turned by ${Math.round(360 * strength)}°`,
    blur: `Blurred, deviation ${percent(strength, 0)} of the side`,
    shuffle: `${strength} × ${strength} patches shuffled`,
    flip: 'Mirrored',
    rotation: `Turned by ${strength}°`,
    crop: `Cropped to ${percent(1 - strength, 0)} of each side`,
  }
  return words[name] ?? `${name} ${strength}`
}

/** What it leans on most, what that costs, and what costs nothing that can be told from chance. */
export function sensitivitySentences(name: string, section: SensitivitySection): string[] {
  return [leanSentence(name, section), ...lossSentences(section)]
}

/**
 * 'finetune leans most on colour: in grey or with the hue turned 62.0 % of its decisions are others (95 % interval 58.1 – 65.7 %), 20.3
 * points more than with patches shuffled, which comes next (95 % interval 15.0 to 25.8).'
 */
function leanSentence(name: string, { lean, attributes }: SensitivitySection): string {
  if (lean === null) return `${name}: one attribute alone was measured, so there is none to compare it with.`
  const of = (attribute: string) => attributes.find((one) => one.attribute === attribute)!
  const flips = (attribute: string): string => {
    const entry = of(attribute).flips
    return `${percent(entry.value)} (95 % interval ${intervalText('top1', entry)})`
  }
  const { attribute, next, lead, isClear } = lean
  if (of(attribute).flips.value === 0) return `${name} decides the same under every change.`
  if (!isClear) {
    return `Which attribute ${name} leans on most cannot be told from these images: most of its decisions are others ${underWords(attribute)}, ${flips(attribute)}, and ${underWords(next)}, ${flips(next)}, which may be chance.`
  }
  return `${name} leans most on ${qualityWords(attribute)}: ${underWords(attribute)}, ${flips(attribute)} of its decisions are others, ${points(lead.value)} points more than ${underWords(next)}, which comes next (95 % interval ${points(lead.low)} to ${points(lead.high)}).`
}

function lossSentences({ changes, top1 }: SensitivitySection): string[] {
  const sorted = [...changes].sort((a, b) => b.loss.value - a.loss.value)
  const words = ({ loss, ...change }: Change): string =>
    `${lowered(changeWords(change))} (${points(Math.abs(loss.value))}, ${rangeText(loss)})`
  const losses = sorted.filter(({ loss }) => loss.low > 0)
  const gains = sorted.filter(({ loss }) => loss.high < 0).reverse()
  const none = changes.length - losses.length - gains.length
  return [
    losses.length > 0
      ? `Of its top-1 of ${percent(top1.value)}, points are lost: ${listed(losses.map(words), 12)}.`
      : 'No change costs top-1 more than chance explains.',
    ...(gains.length > 0 ? [`Points are won: ${listed(gains.map(words), 12)}.`] : []),
    ...(none > 0 && losses.length + gains.length > 0
      ? [`Of ${count(none, 'other change')} the interval includes no loss: nothing is said of them.`]
      : []),
  ]
}

const lowered = (words: string): string => `${words[0]!.toLowerCase()}${words.slice(1)}`
const points = (value: number): string => (100 * value).toFixed(1)

function rangeText({ value, low, high }: ScoreEntry & { low: number; high: number }): string {
  const [least, most] = value < 0 ? [-high, -low] : [low, high]
  return `95 % interval ${points(least)} to ${points(most)}`
}

/** How it was measured. */
export function sensitivityNotes({ images, notes }: SensitivitySection): string[] {
  return [
    `${count(images, 'image')}, changed after resizing and cropping. How much an attribute counts depends on how strongly it is changed, as listed. A decision that changes may have been right or wrong before: a classifier that goes by a colour that means nothing here loses nothing without it.`,
    ...notes.map((note) => `${note}.`),
  ]
}

export const hasSensitivity = (runs: readonly RunSection[]): boolean =>
  runs.some(({ sensitivity }) => sensitivity !== undefined)
