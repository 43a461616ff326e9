/** What decisions change with, against numbers worked out by hand. */
import { sensitivityScores, type SensitivityResults } from '../../../lib/metrics'

/** 200 pictures of two classes; every second is right as it is. */
const labels = Int32Array.from({ length: 200 }, (_, i) => Math.floor(i / 2) % 2)
const clean = labels.map((label, i) => (i % 2 === 0 ? label : 1 - label))

/** The decision of every nth picture is another. */
const flipped = (every: number): Int32Array =>
  clean.map((decided, i) => (i % every === 0 ? 1 - decided : decided))

const change = (attribute: string, strength = 1) => ({ attribute, name: attribute, strength })

function scoresOf(parts: readonly [string, Int32Array][], more: Partial<SensitivityResults> = {}) {
  return sensitivityScores({
    ...{ labels, clean },
    changes: parts.map(([name], i) => change(name, i)),
    changed: parts.map(([, decisions]) => decisions),
    ...more,
  })
}

test('flips, accuracy and its loss of every change, their means by attribute', () => {
  const { images, top1, changes, attributes } = scoresOf([
    ['colour', flipped(2)],
    ['colour', flipped(4)],
    ['sides', clean],
  ])
  expect(images).toBe(200)
  expect(top1).toMatchObject({ value: 0.5, method: 'wilson' })
  expect(changes.map(({ flips }) => flips.value)).toEqual([0.5, 0.25, 0])
  expect(changes.map((one) => one.top1.value)).toEqual([0, 0.25, 0.5])
  expect(changes.map(({ loss }) => loss.value)).toEqual([0.5, 0.25, 0])
  expect(changes[0]!.loss.low).toBeGreaterThan(0.4)
  expect(changes[2]!.loss).toMatchObject({ low: 0, high: 0, method: 'bootstrap' })
  expect(attributes).toMatchObject([
    { attribute: 'colour', flips: { value: 0.375 }, loss: { value: 0.375 } },
    { attribute: 'sides', flips: { value: 0 }, loss: { value: 0 } },
  ])
})

test('a decision may change without loss: right ones become wrong as wrong ones become right', () => {
  const swapped = clean.map((decided) => 1 - decided)
  const { changes } = scoresOf([['colour', swapped]])
  expect(changes[0]).toMatchObject({ flips: { value: 1 }, top1: { value: 0.5 }, loss: { value: 0 } })
  expect(changes[0]!.loss.low).toBeLessThan(0)
  expect(changes[0]!.loss.high).toBeGreaterThan(0)
})

test('it leans on what most decisions change with, where no other attribute may be as strong', () => {
  const { lean } = scoresOf([
    ['sides', flipped(20)],
    ['colour', flipped(2)],
    ['extent', flipped(10)],
  ])
  expect(lean).toMatchObject({ attribute: 'colour', next: 'extent', isClear: true, lead: { value: 0.4 } })
})

test('two that are as strong up to chance are told apart by nobody; a third one does not help', () => {
  const { lean } = scoresOf([
    ['sides', clean.map((decided, i) => (i < 81 ? 1 - decided : decided))],
    ['colour', clean.map((decided, i) => (i >= 120 ? 1 - decided : decided))],
    ['extent', clean],
  ])
  expect(lean).toMatchObject({ attribute: 'sides', next: 'colour', isClear: false })
  expect(lean!.lead.low).toBeLessThan(0)
})

test('one attribute alone leads over none', () => {
  expect(scoresOf([['colour', flipped(2)]]).lean).toBeNull()
})
