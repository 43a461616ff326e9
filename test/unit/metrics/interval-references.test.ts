/** Intervals and tests against statsmodels and scipy; test/parity/intervals.py has stored what they say of the same draws. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  analyse,
  bootstrapInterval,
  groupAccuracy,
  labelsNeeded,
  mcnemarExact,
  proportionDifference,
  wilsonInterval,
} from '../../../lib/metrics'
import { repeated, studentQuantile } from '../../../lib/metrics/repeated'
import { drawnNumbers, drawnPredictions, type DrawnCase } from './drawn'

type Pair = readonly [low: number, high: number]

interface References {
  readonly wilson: readonly [successes: number, samples: number, low: number, high: number][]
  readonly newcombe: readonly [number, number, number, number, low: number, high: number][]
  readonly mcnemar: readonly [b: number, c: number, p: number][]
  readonly student: readonly [freedom: number, quantile: number][]
  readonly repeated: { readonly seed: number; readonly values: number; readonly interval: Pair }
  readonly needed: { readonly images: readonly number[]; readonly interval: Pair }
  readonly bootstrap: readonly {
    readonly seed: number
    readonly rows: number
    readonly resamples: number
    readonly level: number
    readonly interval: Pair
  }[]
  readonly scores: readonly (DrawnCase & {
    readonly resamples: number
    readonly intervals: Readonly<Record<string, Pair>>
  })[]
  readonly gap: {
    readonly best: Pair
    readonly worst: Pair
    readonly resamples: number
    readonly difference: Pair
    readonly ratio: Pair
    readonly p: number
  }
}
const fixture = join(__dirname, '../../fixtures/golden/intervals.json')
const references = JSON.parse(readFileSync(fixture, 'utf8')) as References

const expectPair = ({ low, high }: { low: number; high: number }, expected: Pair, digits = 9): void => {
  expect(low).toBeCloseTo(expected[0], digits)
  expect(high).toBeCloseTo(expected[1], digits)
}
const drawnValues = (seed: number, count: number): number[] =>
  Array.from({ length: count }, drawnNumbers(seed))

test.each(references.wilson)(
  "Wilson's interval of %i of %i is statsmodels'",
  (successes, samples, ...expected) => {
    expectPair(wilsonInterval(successes, samples), expected)
  },
)

test.each(references.newcombe)(
  "Newcombe's interval of %i of %i less %i of %i is statsmodels'",
  (a, ofA, b, ofB, ...expected) => {
    expectPair(proportionDifference([a, ofA], [b, ofB]), expected)
  },
)

test.each(references.mcnemar)("McNemar's exact p of %i against %i is statsmodels'", (b, c, p) => {
  expect(Math.abs(mcnemarExact(b, c) - p)).toBeLessThanOrEqual(1e-9 * p)
})

test.each(references.student)(
  "Student's quantile of %i degrees of freedom is scipy's",
  (freedom, expected) => {
    expect(studentQuantile(freedom) / expected).toBeCloseTo(1, 10)
  },
)

test("the t-intervals of a mean, and of a mean of logarithms, are scipy's", () => {
  const { seed, values, interval } = references.repeated
  expectPair(repeated(drawnValues(seed, values)), interval)
  const { images, interval: needed } = references.needed
  const curves = images.map((count) => [{ images: count, accuracy: 0.5 }])
  const { low, high } = labelsNeeded(curves, [0.5, 0.5, 0.5])
  expectPair({ low: low!, high: high! }, needed)
})

test.each(references.bootstrap)(
  "the percentile bootstrap of a mean, $resamples resamples of $rows rows at $level, is scipy's",
  ({ seed, rows, interval, ...options }) => {
    expectPair(bootstrapInterval(drawnValues(1000 + seed, rows), { seed, ...options }), interval, 12)
  },
)

test.each(references.scores)(
  "the intervals of case $seed's scores are scipy's of scikit-learn's metrics, and DeLong's",
  ({ resamples, intervals: expected, ...options }) => {
    const { intervals } = analyse(drawnPredictions(options), { resamples })
    for (const [name, pair] of Object.entries(expected))
      expect([name, intervals[name as 'nll']]).toEqual([
        name,
        expect.objectContaining({ low: expect.closeTo(pair[0], 9), high: expect.closeTo(pair[1], 9) }),
      ])
  },
)

test("the gap of two groups has scipy's bootstrap intervals, and a p near the exact permutation test's", () => {
  const { best, worst, resamples, difference, ratio, p } = references.gap
  const right = [best, worst].flatMap(([hits, of]) => Array.from({ length: of }, (_, i) => i < hits))
  const predictions = {
    logits: Float32Array.from(right.flatMap((isRight) => (isRight ? [1, 0] : [0, 1]))),
    labels: new Int32Array(right.length),
  }
  const of = Int32Array.from(right, (_, row) => Number(row >= best[1]))
  const groups = [
    { name: 'best', trained: 1 },
    { name: 'worst', trained: 1 },
  ]
  const [column] = groupAccuracy(predictions, [{ name: 'column', groups, of }])
  const gap = column!.gap!
  expectPair(gap.differenceInterval, difference, 12)
  expectPair(gap.ratioInterval!, ratio, 12)
  expect(Math.abs(gap.p - p)).toBeLessThan(3 * Math.sqrt((p * (1 - p)) / resamples))
})
