/** Orders from a seed. */
import { epochOrder, sequentialOrder, xoshiro128 } from '../../../lib/dataset/random'

test('the generator gives the published sequence of xoshiro128** from the state 1, 2, 3, 4', () => {
  const draw = xoshiro128([1, 2, 3, 4])
  // From an independent implementation of the reference code by Blackman and Vigna in Python's integers.
  expect(Array.from({ length: 6 }, draw)).toEqual([11520, 0, 5927040, 70819200, 2031721883, 1637235492])
})

test('an epoch visits every sample once', () => {
  expect([...epochOrder(1000, 7, 3)].sort((a, b) => a - b)).toEqual([...sequentialOrder(1000)])
})

test('the same seed and epoch give the same order; another seed, another epoch or a seed above 32 bits do not', () => {
  const order = epochOrder(50, 1, 2)
  expect(epochOrder(50, 1, 2)).toEqual(order)
  for (const other of [epochOrder(50, 2, 2), epochOrder(50, 1, 3), epochOrder(50, 2 ** 32 + 1, 2)]) {
    expect(other).not.toEqual(order)
  }
})

test('the order is this one on every machine', () => {
  expect([...epochOrder(8, 0, 0)]).toEqual([2, 4, 0, 6, 3, 1, 7, 5])
  expect([...epochOrder(8, 42, 5)]).toEqual([0, 7, 5, 4, 2, 1, 6, 3])
})

test('every sample comes equally often at every place', () => {
  const counts = new Float64Array(16)
  const epochs = 8000
  for (let epoch = 0; epoch < epochs; epoch++) {
    epochOrder(4, 0, epoch).forEach((sample, place) => counts[sample * 4 + place]!++)
  }
  const expected = epochs / 4
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  expect(chiSquare).toBeLessThan(27.9) // 99.9 % quantile with 9 degrees of freedom
})

test('empty and single orders are what they are', () => {
  expect([...epochOrder(0, 1, 1)]).toEqual([])
  expect([...epochOrder(1, 1, 1)]).toEqual([0])
})
