import { chooseExamples } from '../../../lib/dataset'

const labels = Int32Array.from({ length: 1000 }, (_, i) => (i < 900 ? 0 : i < 999 ? 1 : 2))

test('one of each class first, then more of those that have more; classes stand together', () => {
  const chosen = Array.from(chooseExamples({ labels }, 8, 0), (position) => labels[position])
  expect(chosen).toEqual([0, 0, 0, 0, 1, 1, 1, 2])
})

test('of more classes than are wanted some are chosen, by the seed', () => {
  const many = { labels: Int32Array.from({ length: 5000 }, (_, i) => i % 100) }
  const [first, again, other] = [0, 0, 1].map((seed) => chooseExamples(many, 10, seed))
  expect(new Set(Array.from(first!, (position) => position % 100)).size).toBe(10)
  expect(again).toEqual(first)
  expect(other).not.toEqual(first)
})

test('no more than there are', () => {
  expect(chooseExamples({ labels: Int32Array.of(1, 0, 1) }, 8, 3)).toEqual(Int32Array.of(1, 0, 2))
  expect(chooseExamples({ labels: new Int32Array(0) }, 8, 3)).toHaveLength(0)
})
