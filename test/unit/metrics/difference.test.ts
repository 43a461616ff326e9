/** Newcombe's interval of a difference against the worked example of his paper. */
import { proportionDifference } from '../../../lib/metrics'

test("is Newcombe's: 56 of 70 against 48 of 80, table II, method 10", () => {
  const { value, low, high } = proportionDifference([56, 70], [48, 80])
  expect(value).toBeCloseTo(0.2, 10)
  expect(low).toBeCloseTo(0.0524, 4)
  expect(high).toBeCloseTo(0.3339, 4)
})

test('of equal proportions lies around 0, and of the extremes within -1 to 1', () => {
  const even = proportionDifference([5, 10], [50, 100])
  expect(even.value).toBe(0)
  expect(even.low).toBeLessThan(0)
  expect(even.high).toBeGreaterThan(0)
  expect(proportionDifference([10, 10], [0, 10]).high).toBe(1)
  expect(proportionDifference([0, 10], [10, 10]).low).toBe(-1)
})
