import type { LinearProbeOptions } from '../../../lib/api'
import { recordedRecipe, resolveLinearProbe } from '../../../lib/config'
import { demo, errorOf } from './context'

const sweepOf = (options: LinearProbeOptions) => resolveLinearProbe(options, demo).sweep

test('nothing is tried unless asked for, nor was in older runs', () => {
  expect(sweepOf({})).toBeNull()
  const { sweep: _, ...older } = resolveLinearProbe({}, demo)
  expect(recordedRecipe('linear-probe', older as typeof older & { sweep: null })).toHaveProperty(
    'sweep',
    null,
  )
})

test('what is not listed is what the recipe has; a tenth of train chooses', () => {
  const rates = sweepOf({ sweep: { learningRates: [1e-2, 1e-3, 1e-2] }, weightDecay: 0.5 })
  expect(rates).toEqual({ learningRates: [1e-3, 1e-2], weightDecays: [0.5], select: { fraction: 0.1 } })
  const decays = sweepOf({ sweep: { weightDecays: [0, 1e-4], select: 'validation' }, learningRate: 0.25 })
  expect(decays).toEqual({ learningRates: [0.25], weightDecays: [0, 1e-4], select: 'validation' })
})

test.each<[LinearProbeOptions, string]>([
  [{ sweep: { learningRates: [] } }, 'sweep.learningRates'],
  [{ sweep: { learningRates: [0] } }, 'sweep.learningRates'],
  [{ sweep: { weightDecays: [-1] } }, 'sweep.weightDecays'],
  [{ sweep: { select: { fraction: 1 } } }, 'sweep.select'],
  [{ sweep: { select: 'test' as 'validation' } }, 'sweep.select'],
  [{ sweep: {}, clipGradient: 1 }, 'clipGradient'],
  [{ sweep: {}, weightDecayEnd: 1 }, 'weightDecayEnd'],
])('%j is refused by name', (options, path) => {
  const error = errorOf(() => resolveLinearProbe(options, demo))
  expect(error.code).toBe('ERR_CONFIG')
  expect(error.message).toContain(path)
})

test('is refused where pictures have several labels, and by a validation set that is not there', () => {
  const several = errorOf(() => resolveLinearProbe({ sweep: {} }, { ...demo, multiLabel: true }))
  expect(several.message).toContain('several labels')
  const options = { sweep: { select: 'validation' } } as const
  expect(errorOf(() => resolveLinearProbe(options, { ...demo, validates: false })).message).toContain(
    'no validation set',
  )
})
