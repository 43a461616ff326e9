import { optionsFromFlags, resolveRepetition } from '../../../lib/config'
import { issuePaths } from './context'

test('seeds or folds, of a kind of run', () => {
  expect(resolveRepetition('finetune', { seeds: 3 })).toEqual({ kind: 'finetune', over: 'seeds', runs: 3 })
  expect(resolveRepetition('linear-probe', { folds: 5 })).toEqual({
    kind: 'linear-probe',
    over: 'folds',
    runs: 5,
  })
})

test.each([
  ['finetune', undefined, ['over']],
  ['finetune', null, ['over']],
  ['finetune', 'seeds', ['0', '1', '2', '3', '4', 'over']],
  ['finetune', {}, ['over']],
  ['finetune', { seeds: 2, folds: 2 }, ['over']],
  ['finetune', { seeds: 1 }, ['seeds']],
  ['finetune', { seeds: 101 }, ['seeds']],
  ['finetune', { folds: 2.5 }, ['folds']],
  ['finetune', { folds: '5' }, ['folds']],
  ['finetune', { seeds: 2, other: 1 }, ['other']],
  ['linearProbe', { seeds: 2 }, ['kind']],
  [undefined, { seeds: 2 }, ['kind']],
])('%j over %j is refused', (kind, over, paths) => {
  expect(issuePaths(() => resolveRepetition(kind, over)).sort()).toEqual(paths)
})

test('both scripts take them', () => {
  expect(optionsFromFlags(['--seeds', '3'], 'finetune').script).toEqual({ seeds: 3 })
  expect(optionsFromFlags(['--folds', '5'], 'probe').script).toEqual({ folds: 5 })
  expect(issuePaths(() => optionsFromFlags(['--folds', '1'], 'probe'))).toEqual(['folds'])
})
