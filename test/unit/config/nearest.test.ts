/** Suggestions for names that are not there. */
import { editDistance, nearestName } from '../../../lib/config/nearest'

const known = ['learningRate', 'weightDecay', 'batchSize', 'epochs', 'flip']

test('the edit distance counts insertions, deletions and changes', () => {
  expect(editDistance('kitten', 'sitting')).toBe(3)
  expect(editDistance('', 'abc')).toBe(3)
  expect(editDistance('same', 'same')).toBe(0)
})

test.each([
  ['learningrat', 'learningRate'],
  ['learning_rate', 'learningRate'],
  ['batch-size', 'batchSize'],
  ['epoch', 'epochs'],
  ['lr', 'learningRate'],
  ['wd', 'weightDecay'],
  ['flop', 'flip'],
])('%s was meant to be %s', (name, nearest) => expect(nearestName(name, known)).toBe(nearest))

test('nothing is suggested for what is like nothing', () => {
  expect(nearestName('temperature', known)).toBeUndefined()
  expect(nearestName('x', known)).toBeUndefined()
  expect(nearestName('abc', [])).toBeUndefined()
})
