import { confusedPairs, softmax, topK } from '../../../lib/metrics'

test('softmax sums to one and does not overflow', () => {
  expect([...softmax([1000, 1000])]).toEqual([0.5, 0.5])
  expect([...softmax([0, Math.log(3)])].map((p) => Number(p.toFixed(12)))).toEqual([0.25, 0.75])
})

test('topK gives the largest first, ties by index, and all when there are fewer', () => {
  expect(topK([1, 3, 3, 2], 2)).toEqual([1, 2])
  expect(topK([3, 1, 3, 3], 3)).toEqual([0, 2, 3])
  expect(topK([1, 2], 5)).toEqual([1, 0])
})

test('confusedPairs leaves out the diagonal and what happened too rarely', () => {
  const confusion = [[5, 2, 0], [1, 4, 3], [0, 0, 9]] // prettier-ignore
  expect(confusedPairs(confusion, 10, 2)).toEqual([
    { label: 1, predicted: 2, count: 3, of: 8 },
    { label: 0, predicted: 1, count: 2, of: 7 },
  ])
})
