import { resolveKind } from '../../../lib/config'
import { issuePaths } from './context'

test.each([
  [{}, 'finetune'],
  [{ epochs: 3, preset: 'mae-base' }, 'finetune'],
  [{ views: 2 }, 'finetune'],
  [{ sweep: { learningRates: [1] } }, 'linear-probe'],
  [{ standardize: true }, 'linear-probe'],
  [{ preset: 'demo-probe' }, 'linear-probe'],
] as const)('%j are options of a %s', (options, kind) => {
  expect(resolveKind(undefined, options)).toBe(kind)
})

test('what is given wins, and another kind is refused', () => {
  expect(resolveKind('finetune', { standardize: true })).toBe('finetune')
  expect(resolveKind('linear-probe', {})).toBe('linear-probe')
  expect(issuePaths(() => resolveKind('knn', {}))).toEqual(['kind'])
})
