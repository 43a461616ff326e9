/** Class names of a shifted data set: mapped, numbered, or the same. */
import { shiftedNames, wordNetNames } from '../../../lib/dataset/shifted-names'

const classes = ['n01', 'n02', 'n03']

test('names that are mapped become the classes that they stand for; others stay', () => {
  expect(shiftedNames(['hen', 'n02'], classes, { hen: 'n01' })).toEqual(['n01', 'n02'])
  // Decomposed and composed letters are one name.
  expect(shiftedNames(['caf\u00e9'], ['n01'], { 'cafe\u0301': 'n01' })).toEqual(['n01'])
})

test('numbers are indices of classes: 10 comes before 2 in a listing, and is the eleventh class', () => {
  const many = Array.from({ length: 11 }, (_, i) => `class ${i}`)
  expect(shiftedNames(['0', '1', '10', '2'], many)).toEqual(['class 0', 'class 1', 'class 10', 'class 2'])
})

test('numbers that are classes, or too large, or beside words, are names', () => {
  expect(shiftedNames(['1', '2'], ['2', '1', '0'])).toEqual(['1', '2'])
  expect(shiftedNames(['3'], classes)).toEqual(['3'])
  expect(shiftedNames(['1', 'n02'], classes)).toEqual(['1', 'n02'])
})

describe('numbers in the place of WordNet ids', () => {
  const ids = ['n00000003', 'n00000001', 'n00000002']

  test('are places in the order of the ids, not in that of the classifier', () => {
    expect(shiftedNames(['0', '2'], ids)).toEqual(['n00000001', 'n00000003'])
    expect(wordNetNames(['0', '2'], ids)).toEqual(['n00000001', 'n00000003'])
  })

  test('stay names for classes that are called otherwise, and where they are too large', () => {
    expect(wordNetNames(['0', '1'], ['cat', 'dog'])).toEqual(['0', '1'])
    expect(wordNetNames(['0', '3'], ids)).toEqual(['0', '3'])
  })
})
