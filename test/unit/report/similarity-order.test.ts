import { similarityOrder, type SparseConfusion } from '../../../lib/report/similarity-order'

/** Classes c and c + 10, c + 20 … are taken for one another, of `classes`, each with 100 images. */
function planted(classes: number, kinds: number): SparseConfusion {
  return Array.from({ length: classes }, (_, label) =>
    Array.from({ length: classes / kinds }, (_, i) => {
      const predicted = (label % kinds) + i * kinds
      return [label, predicted, predicted === label ? 60 : 40 / (classes / kinds - 1)] as const
    }),
  ).flat()
}

it('puts those together that are taken for one another, the lowest first', () => {
  const order = similarityOrder(new Array<number>(12).fill(100), planted(12, 4))
  expect(order).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11])
})

it('weighs by the share of a class, not by its images', () => {
  // Half of the few images of 2 are taken for 1; more images of the many of 0 are.
  const confusion: SparseConfusion = [
    [0, 0, 9000],
    [0, 1, 100],
    [1, 1, 1000],
    [2, 1, 5],
    [2, 2, 5],
  ]
  expect(similarityOrder([9100, 1000, 10], confusion)).toEqual([0, 1, 2])
  expect(similarityOrder([9100, 1000, 10], [...confusion, [2, 0, 9]])).toEqual([0, 2, 1])
})

it('leaves classes in their order that nothing confuses, also those without images', () => {
  expect(
    similarityOrder(
      [5, 0, 5],
      [
        [0, 0, 5],
        [2, 2, 5],
      ],
    ),
  ).toEqual([0, 1, 2])
  expect(similarityOrder([], [])).toEqual([])
  expect(similarityOrder([0], [])).toEqual([0])
})

it('is the clustering that looks at all pairs before every merge', () => {
  let state = 1
  const draw = () => (state = (state * 48271) % 2147483647) / 2147483647
  const images = new Array<number>(9).fill(1000)
  const confusion = images.flatMap((_, label) =>
    images.map((_, predicted) => [label, predicted, Math.round(100 * draw())] as const),
  )
  const similar = (a: number, b: number) =>
    confusion.reduce(
      (sum, [label, predicted, n]) =>
        sum + ((label === a && predicted === b) || (label === b && predicted === a) ? n : 0),
      0,
    )
  const linkage = (a: number[], b: number[]) =>
    a.flatMap((one) => b.map((other) => similar(one, other))).reduce((x, y) => x + y, 0) /
    (a.length * b.length)
  let clusters = images.map((_, c) => [c])
  while (clusters.length > 1) {
    const pairs = clusters.flatMap((a, i) =>
      clusters.slice(i + 1).map((b) => ({ a, b, value: linkage(a, b) })),
    )
    const { a, b } = pairs.reduce((best, one) => (one.value > best.value ? one : best))
    clusters = [...clusters.filter((one) => one !== a && one !== b), [...a, ...b]].sort(
      (x, y) => x[0]! - y[0]!,
    )
  }
  expect(similarityOrder(images, confusion)).toEqual(clusters[0])
})

it('of 1,000 classes takes well under a second', () => {
  const begun = performance.now()
  const order = similarityOrder(new Array<number>(1000).fill(100), planted(1000, 100))
  expect(performance.now() - begun).toBeLessThan(5000)
  expect(new Set(order).size).toBe(1000)
})
