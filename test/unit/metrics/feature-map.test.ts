/** The map of features: classes that lie apart stay apart, and the same seed draws the same map. */
import { featureMap } from '../../../lib/metrics'
import { drawsBelow } from '../../../lib/metrics/random'

const columns = 8

/** `perClass` noisy rows around each of two directions. */
function twoClouds(perClass: number): Float32Array {
  const draw = drawsBelow(1000, 5)
  return Float32Array.from({ length: 2 * perClass * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns]
    return (column === (row < perClass ? 0 : 1) ? 10 : 0) + draw() / 1000
  })
}

it('keeps two clouds apart, whatever their lengths, and draws the same again', async () => {
  const rows = twoClouds(12)
  const map = (await featureMap(rows, columns, 1))!
  expect(map).toHaveLength(48)
  const centre = (begin: number, axis: number) => {
    let sum = 0
    for (let row = begin; row < begin + 12; row++) sum += map[2 * row + axis]! / 12
    return sum
  }
  const distance = (row: number, begin: number) =>
    Math.hypot(map[2 * row]! - centre(begin, 0), map[2 * row + 1]! - centre(begin, 1))
  for (let row = 0; row < 24; row++) {
    const [own, other] = row < 12 ? [0, 12] : [12, 0]
    expect(distance(row, own)).toBeLessThan(distance(row, other))
  }
  expect(await featureMap(rows, columns, 1)).toEqual(map)
  expect(
    await featureMap(
      rows.map((value) => 3 * value),
      columns,
      2,
    ),
  ).not.toEqual(map)
})

it('is not drawn of a few rows', async () => {
  expect(await featureMap(twoClouds(4), columns, 1)).toBeUndefined()
})

it('holds equal rows', async () => {
  const map = await featureMap(new Float32Array(20 * columns).fill(1), columns, 1)
  expect(map!.every(Number.isFinite)).toBe(true)
})
