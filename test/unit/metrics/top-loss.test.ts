/** The samples that cost the most, of one label each. */
import { analyse } from '../../../lib/metrics'

const few = { resamples: 2 }
const logits = Float32Array.of(
  ...[0, 0, 0], // ln 3
  ...[5, 0, 0], // of class 1: ln(e⁵ + 2)
  ...[2, 1, 0], // right: small
  ...[0, 9, 0], // of class 2: ln(e⁹ + 2)
)
const labels = Int32Array.of(2, 1, 0, 2)

test('come with their loss, label, answer and its probability, the costliest first', () => {
  const { topLosses } = analyse({ logits, labels }, few)
  expect(topLosses.map(({ row }) => row)).toEqual([3, 1, 0, 2])
  const [first, second, even] = topLosses
  expect(first).toMatchObject({ labels: [2], predicted: [{ class: 1 }] })
  expect(first!.loss).toBeCloseTo(Math.log(Math.exp(9) + 2), 6)
  expect(first!.predicted[0]!.probability).toBeCloseTo(1 / (1 + 2 * Math.exp(-9)), 6)
  expect(second!.loss).toBeCloseTo(Math.log(Math.exp(5) + 2), 6)
  expect(even!.loss).toBeCloseTo(Math.log(3), 6)
})

test('are as many as asked for, 12 where nothing is said, and no more than there are', () => {
  expect(analyse({ logits, labels }, { ...few, topLosses: 2 }).topLosses.map(({ row }) => row)).toEqual([
    3, 1,
  ])
  const many = { logits: new Float32Array(3 * 40), labels: new Int32Array(40) }
  expect(analyse(many, few).topLosses.map(({ row }) => row)).toEqual([...Array(12).keys()])
})
