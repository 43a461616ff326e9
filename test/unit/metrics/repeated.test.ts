import { repeated, repeatedScores, studentQuantile } from '../../../lib/metrics/repeated'

/** scipy 1.17: stats.t.ppf(0.975, freedom). */
const quantiles = [
  [1, 12.706204736174694],
  [2, 4.302652729749462],
  [3, 3.1824463052837073],
  [4, 2.7764451051977934],
  [9, 2.262157162798204],
  [30, 2.0422724563012373],
  [99, 1.9842169515864165],
] as const

test.each(quantiles)("Student's quantile of %d degrees of freedom is scipy's", (freedom, expected) => {
  expect(Math.abs(studentQuantile(freedom) / expected - 1)).toBeLessThan(1e-10)
})

test('mean, sample deviation and t-interval', () => {
  const { mean, deviation, low, high } = repeated([1, 2, 3, 4])
  expect(mean).toBe(2.5)
  expect(deviation).toBeCloseTo(Math.sqrt(5 / 3), 14)
  // scipy 1.17: stats.t.interval(0.95, 3, 2.5, stats.sem([1, 2, 3, 4]))
  expect(low).toBeCloseTo(0.4457397432391206, 10)
  expect(high).toBeCloseTo(4.554260256760879, 10)
  expect(repeated([0.5, 0.5])).toEqual({ mean: 0.5, deviation: 0, low: 0.5, high: 0.5 })
})

test('one value has no deviation', () => {
  expect(() => repeated([1])).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }))
  expect(repeatedScores([{ top1: 1 }])).toEqual({})
})

test('of scores those count that every run has as a finite number', () => {
  const scores = repeatedScores([
    { top1: 0.5, top5: 0.9, nll: NaN, confusion: [[1]] },
    { top1: 0.7, nll: 1 },
  ])
  expect(Object.keys(scores)).toEqual(['top1'])
  expect(scores.top1!.mean).toBeCloseTo(0.6, 14)
})
