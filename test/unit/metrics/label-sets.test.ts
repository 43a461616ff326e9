/** Metrics of several labels a sample against scikit-learn, on drawn cases whose numbers test/parity/label_sets.py has stored. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { analyseLabelSets, compareLabelSets, multiLabelMetrics } from '../../../lib/metrics'
import { RankedClass } from '../../../lib/metrics/ranked-class'
import { drawnNumbers } from './drawn'

interface Case {
  readonly seed: number
  readonly rows: number
  readonly classes: number
  /** Of the logits; what a label adds; the step that they are rounded to, 0 for none. */
  readonly scale: number
  readonly margin: number
  readonly step: number
  /** Of the classes that a sample has; every so manieth class occurs. */
  readonly share: number
  readonly present: number
  readonly threshold: number
  readonly expected: Readonly<Record<string, number>>
  readonly perClass?: Readonly<Record<string, Readonly<Record<string, number>>>>
}
const fixture = join(__dirname, '../../fixtures/golden/label-set-cases.json')
const cases = JSON.parse(readFileSync(fixture, 'utf8')) as readonly Case[]
const few = { resamples: 2 }

test.each(cases)('$rows rows of $classes classes, case $seed', (one) => {
  const { threshold, expected, perClass = {} } = one
  const found = analyseLabelSets(generate(one), { ...few, threshold })
  const { samples, ...scores } = found.scores
  expect(samples).toBe(one.rows)
  expect(apart(scores, expected)).toEqual([])
  for (const [c, reference] of Object.entries(perClass)) {
    const { class: _, samples, predicted, recallInterval: __, ...ours } = found.perClass[Number(c)]!
    expect(apart(ours, reference)).toEqual([])
    expect([samples > 0, predicted > 0]).toEqual(['recall' in reference, 'precision' in reference])
  }
})

test.each(cases.filter(({ threshold }) => threshold === 0.5))(
  'what validation computes of case $seed is the same',
  async (one) => {
    const { logits, truth, samples } = generate(one)
    const sets = setsOf(truth, samples)
    const { mAP, f1, macroF1, loss } = one.expected
    expect(apart(await multiLabelMetrics(logits, sets, one.classes), { mAP, f1, macroF1, loss })).toEqual([])
  },
)

test('the cases hold ties, absent classes, samples without a class, one class and many', () => {
  const holds = (predicate: (one: Case) => boolean) => expect(cases.some(predicate)).toBe(true)
  holds(({ step }) => step > 0)
  holds(({ present }) => present > 1)
  holds(({ classes }) => classes === 1)
  holds(({ classes }) => classes === 300)
  holds((one) => analyseLabelSets(generate(one), few).withoutLabels > 0)
})

test('average precision of a draw is that of its rows written out', () => {
  const scores = Float32Array.of(3, 1, 2, 1, 0, 2, -1)
  const isThere = Uint8Array.of(1, 0, 0, 1, 1, 1, 0)
  const counts = Uint16Array.of(0, 2, 1, 3, 0, 1, 4)
  const rows = Array.from(counts).flatMap((times, row) => new Array<number>(times).fill(row))
  const written = new RankedClass(
    Float32Array.from(rows, (row) => scores[row]!),
    Uint8Array.from(rows, (row) => isThere[row]!),
  )
  const ranked = new RankedClass(scores, isThere)
  expect(ranked.averagePrecision(counts)).toBeCloseTo(written.averagePrecision()!, 12)
  expect(ranked.averagePrecision(Uint16Array.of(0, 1, 1, 0, 0, 0, 0))).toBeUndefined()
})

test('intervals hold the estimate and are the narrower the more samples there are', () => {
  const [one] = cases
  const widthOf = (rows: number): number[] => {
    const { scores, intervals } = analyseLabelSets(generate({ ...one!, rows }), { resamples: 200 })
    return (['mAP', 'f1', 'macroF1', 'weightedF1', 'exactMatch', 'loss'] as const).map((name) => {
      const { low, high, method } = intervals[name]!
      expect([method, low <= scores[name]! && scores[name]! <= high]).toEqual(['bootstrap', true])
      return high - low
    })
  }
  const [wide, narrow] = [widthOf(50), widthOf(800)]
  expect(wide.every((width, i) => width > narrow[i]!)).toBe(true)
})

test('the largest losses are of wrongly decided samples, with what they have and what is said of them', () => {
  const logits = Float32Array.of(9, -9, -9, 1, 2, -1, -3, -3, -3)
  const truth = Uint8Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0)
  const { topLosses, withoutLabels, labelsPerSample } = analyseLabelSets({ logits, truth, samples: 3 }, few)
  expect(topLosses).toHaveLength(1)
  expect(topLosses[0]).toMatchObject({ row: 1, labels: [2] })
  expect(topLosses[0]!.predicted.map((one) => one.class)).toEqual([1, 0])
  expect(topLosses[0]!.predicted[0]!.probability).toBeCloseTo(1 / (1 + Math.exp(-2)), 6)
  expect([withoutLabels, labelsPerSample]).toEqual([1, 2 / 3])
})

test('without any label there is no mAP and no macro-F1, and nothing claimed is an F1 of 0', () => {
  const found = analyseLabelSets(
    { logits: Float32Array.of(-1, -2), truth: new Uint8Array(2), samples: 2 },
    few,
  )
  expect(found.scores).toEqual({ samples: 2, f1: 0, exactMatch: 1, loss: expect.any(Number) as number })
  expect(Object.keys(found.intervals).sort()).toEqual(['exactMatch', 'f1', 'loss'])
})

test('of two classifiers the better one has more mAP; the same one twice has no difference', () => {
  const [, , , , , , , one] = cases
  const weak = generate({ ...one!, margin: 0.5 })
  const strong = { ...generate({ ...one!, margin: 3 }), truth: weak.truth }
  const { difference, interval } = compareLabelSets(weak, strong, { resamples: 100 })
  const mAPOf = (predictions: typeof weak) => analyseLabelSets(predictions, few).scores.mAP!
  expect(difference).toBeCloseTo(mAPOf(strong) - mAPOf(weak), 12)
  expect(interval.low).toBeGreaterThan(0)
  expect(compareLabelSets(weak, weak, few)).toMatchObject({ difference: 0, interval: { low: 0, high: 0 } })
})

test.each<[string, Parameters<typeof analyseLabelSets>[0]]>([
  ['no samples', { logits: new Float32Array(), truth: new Uint8Array(), samples: 0 }],
  ['rows of unequal length', { logits: new Float32Array(3), truth: new Uint8Array(3), samples: 2 }],
  ['a truth of another shape', { logits: new Float32Array(4), truth: new Uint8Array(2), samples: 2 }],
])('refuses %s', (_, predictions) => {
  expect(() => analyseLabelSets(predictions)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }))
})

test.each([NaN, Infinity, -Infinity])('refuses a logit of %p, naming the sample', (value) => {
  const predictions = {
    logits: Float32Array.of(1, 2, value, 1),
    truth: Uint8Array.of(1, 0, 0, 0),
    samples: 2,
  }
  const expected = { code: 'ERR_NOT_FINITE', details: { sample: 1 } }
  expect(() => analyseLabelSets(predictions)).toThrow(expect.objectContaining(expected))
})

test('refuses to compare classifiers of other samples', () => {
  const [one] = cases
  const { logits, truth, samples } = generate(one!)
  const other = { logits, truth: truth.map((value) => 1 - value), samples }
  expect(() => compareLabelSets({ logits, truth, samples }, other)).toThrow('the same labelled samples')
})

/** Names of numbers that are not the reference's, with both. */
function apart(ours: object, reference: Readonly<Record<string, number | undefined>>): unknown[] {
  const found = ours as Readonly<Record<string, number>>
  return Object.entries(reference).flatMap(([name, value]) =>
    Math.abs(found[name]! - value!) <= 1e-6 ? [] : [[name, found[name], value]],
  )
}

function setsOf(truth: Uint8Array, samples: number): number[][] {
  const classes = truth.length / samples
  return Array.from({ length: samples }, (_, row) =>
    [...truth.subarray(row * classes, (row + 1) * classes).entries()]
      .filter(([, value]) => value === 1)
      .map(([c]) => c),
  )
}

function generate({ seed, rows, classes, scale, margin, step, share, present }: Case) {
  const draw = drawnNumbers(seed)
  const logits = new Float32Array(rows * classes)
  const truth = new Uint8Array(rows * classes)
  for (let i = 0; i < logits.length; i++) {
    const has = draw() < share && (i % classes) % present === 0
    const value = scale * (draw() + draw() + draw() - 2) + (has ? margin : 0)
    truth[i] = Number(has)
    logits[i] = step > 0 ? Math.floor(value / step + 0.5) * step : value
  }
  return { logits, truth, samples: rows }
}
