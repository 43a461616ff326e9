/** Shape bias against numbers worked out by hand. */
import { cueConflictScores, largestCategory } from '../../../lib/metrics'

const categories = ['bear', 'bird', 'boat']

test('decisions by shape, by texture and by neither; those without a conflict are left out', () => {
  const scores = cueConflictScores({
    categories,
    shape: [0, 0, 0, 0, 1, 1],
    texture: [1, 1, 2, 0, 0, 2],
    decided: [0, 1, 1, 0, 1, 0],
  })
  expect(scores).toMatchObject({
    images: 5,
    agreeing: 1,
    shape: { value: 0.4, method: 'wilson' },
    texture: { value: 0.2 },
    other: { value: 0.4 },
    shapeBias: { value: 2 / 3 },
  })
  expect(scores.categories).toMatchObject([
    { name: 'bear', shares: { images: 3, shape: { value: 1 / 3 }, shapeBias: { value: 0.5 } } },
    { name: 'bird', shares: { images: 2, shape: { value: 0.5 }, shapeBias: { value: 1 } } },
    { name: 'boat', shares: null },
  ])
})

test('without a decision by either there is no shape bias; without a conflict there is nothing to tell', () => {
  const one = { categories, shape: [0], decided: [2] }
  expect(cueConflictScores({ ...one, texture: [1] })).toMatchObject({ shapeBias: null, other: { value: 1 } })
  expect(() => cueConflictScores({ ...one, texture: [0] })).toThrow(
    expect.objectContaining({ code: 'ERR_ARGUMENT' }),
  )
})

test('a category has the mean of the probabilities of its classes, not their sum', () => {
  const logits = [0.5, 0.3, 0.3, 0.3, 0].map((probability) => Math.log(probability + 1e-9))
  expect(largestCategory(logits, [[1, 2, 3], [0]])).toBe(1)
  expect(
    largestCategory(logits, [
      [0, 4],
      [1, 2],
    ]),
  ).toBe(1)
  expect(largestCategory(logits, [[1], [2]])).toBe(0)
})
