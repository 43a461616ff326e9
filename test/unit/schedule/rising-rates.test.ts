import { hasDiverged, risingRates, smoothed, suggestedRate } from '../../../lib/schedule'

const rates = risingRates({ from: 1e-6, to: 1, steps: 61 })

test('rates rise in equal factors from the first to the last', () => {
  expect(rates).toHaveLength(61)
  expect(rates[0]).toBe(1e-6)
  expect(rates[60]).toBeCloseTo(1, 12)
  for (let i = 1; i < 61; i++) expect(rates[i]! / rates[i - 1]!).toBeCloseTo(10 ** 0.1, 9)
})

test('means follow the losses, and are right from the first on', () => {
  expect(smoothed([3, 3, 3])).toEqual([3, expect.closeTo(3, 12), expect.closeTo(3, 12)])
  expect(smoothed([1, 2])[1]).toBeCloseTo((0.09 * 1 + 0.1 * 2) / 0.19, 12)
})

test('the suggestion lies on the steep fall, below the minimum and never where the loss rises', () => {
  const losses = rates.map(
    (rate) => 2.3 - 2 / (1 + (1e-3 / rate) ** 2) + (rate > 0.1 ? 40 * (rate - 0.1) : 0),
  )
  const suggestion = suggestedRate(rates, losses)
  expect(suggestion).toBeGreaterThan(5e-4)
  expect(suggestion).toBeLessThan(5e-3)
})

test('a loss that never falls suggests the lowest rate', () => {
  expect(
    suggestedRate(
      rates,
      rates.map((_, i) => 1 + i),
    ),
  ).toBe(1e-6)
})

test('a training has diverged when its mean loss is four times its least', () => {
  expect(hasDiverged([])).toBe(false)
  expect(hasDiverged([1, 2, 3])).toBe(false)
  expect(hasDiverged([1, 1, 60])).toBe(true)
})
