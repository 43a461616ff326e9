import { classWeights } from '../../../lib/train/class-weights'

const counted = { classes: ['ant', 'bee', 'cat'], perClass: [10, 30, 0] }

test("'none' is no weights at all", () => {
  expect(classWeights('none', counted)).toEqual([])
})

test("'balanced' is inverse to the numbers of pictures, with mean 1 over the pictures", () => {
  const weights = classWeights('balanced', counted)
  expect(weights).toEqual([2, 40 / 60, 1])
  const mean = counted.perClass.reduce((sum, count, index) => sum + count * weights[index]!, 0) / 40
  expect(mean).toBeCloseTo(1, 12)
})

test('named weights are in the order of the classes, 1 where there is none', () => {
  expect(classWeights({ cat: 3, ant: 0.5 }, counted)).toEqual([0.5, 1, 3])
})

test('a name that is no class is refused, with the classes', () => {
  expect(() => classWeights({ dog: 2, ant: 1 }, counted)).toThrow(
    expect.objectContaining({
      code: 'ERR_CONFIG',
      message: expect.stringMatching(/'dog'.*ant, bee, cat/) as string,
    }),
  )
  expect(() => classWeights({ toString: 2 }, counted)).toThrow("'toString'")
})
