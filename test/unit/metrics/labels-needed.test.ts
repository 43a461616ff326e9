/** Labels needed to reach an accuracy: where each draw's curve first crosses it. */
import { labelsNeeded } from '../../../lib/metrics'

const curve = (...accuracies: number[]) =>
  accuracies.map((accuracy, index) => ({ images: 10 ** (index + 1), accuracy }))

test('between two points it is linear in the logarithm of the labels', () => {
  const { images, low, high, reached, atMost } = labelsNeeded([curve(0.2, 0.4, 0.6)], [0.5])
  expect(images).toBeCloseTo(10 ** 2.5)
  expect([low, high, reached, atMost]).toEqual([null, null, 1, false])
})

test('over draws: the geometric mean, with the t-interval of the logarithms', () => {
  const found = labelsNeeded([curve(0.2, 0.5, 0.6), curve(0.2, 0.4, 0.5)], [0.5, 0.5])
  expect(found.images).toBeCloseTo(10 ** 2.5)
  // Deviation of 2 and 3 is 0.7071, over √2 0.5; t of one degree of freedom 12.706.
  expect(Math.log10(found.low!)).toBeCloseTo(2.5 - 12.706 * 0.5, 2)
  expect(Math.log10(found.high!)).toBeCloseTo(2.5 + 12.706 * 0.5, 2)
})

test('a curve that falls again has reached it where it first did', () => {
  expect(labelsNeeded([curve(0.2, 0.6, 0.4)], [0.6]).images).toBeCloseTo(100)
})

test('never, in some draws alone, and already with the fewest', () => {
  expect(labelsNeeded([curve(0.1, 0.2)], [0.5])).toEqual({
    reached: 0,
    of: 1,
    images: null,
    low: null,
    high: null,
    atMost: false,
  })
  expect(labelsNeeded([curve(0.1, 0.2), curve(0.1, 0.5)], [0.5, 0.5])).toMatchObject({ reached: 1, of: 2 })
  const { images, atMost } = labelsNeeded([curve(0.6, 0.7)], [0.5])
  expect([Math.round(images!), atMost]).toEqual([10, true])
})
