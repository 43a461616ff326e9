/** Class names of a shifted data set: mapped, numbered, or the same. */
import { shiftedNames } from '../../../lib/dataset'

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
