/** What stands on a probe's features: heads, logistic regression and neighbours, each by its own option. */
import type { LinearProbeOptions } from '../../../lib/api'
import { recordedRecipe, resolveLinearProbe } from '../../../lib/config'
import { demo, errorOf } from './context'

const resolved = (options: LinearProbeOptions) => resolveLinearProbe(options, demo)

test('a head is linear and standardised, and nothing is chosen, as in older runs', () => {
  const config = resolved({ preset: 'adamw' })
  expect(config).toMatchObject({
    head: 'linear',
    features: 'last',
    standardize: true,
    sweep: null,
    c: [],
    k: [],
  })
  const later = ['batchNorm', 'nesterov', 'c', 'intercept', 'normalize', 'k', 'temperature']
  const older = Object.fromEntries(Object.entries(config).filter(([option]) => !later.includes(option)))
  expect(recordedRecipe('linear-probe', older as unknown as typeof config)).toEqual(config)
})

test('of both kinds of heads or features one is chosen, with the rate that the recipe has', () => {
  const sweep = { learningRates: [3e-3], weightDecays: [1e-4], select: { fraction: 0.1 } }
  expect(resolved({ head: 'both' })).toMatchObject({
    head: 'both',
    standardize: false,
    batchNorm: 'affine',
    sweep,
  })
  expect(resolved({ preset: 'adamw', features: 'both' })).toMatchObject({
    head: 'linear',
    standardize: true,
    sweep,
  })
  expect(resolved({ head: 'batchnorm-linear' }).sweep).toBeNull()
})

test('c is a logistic regression, k are neighbours: one step, in which no rate has a part', () => {
  const oneStep = {
    epochs: 1,
    learningRate: 0,
    weightDecay: 0,
    batchSize: 2000,
    standardize: false,
    warnings: [],
  }
  const listed = { learningRates: [], weightDecays: [], select: { fraction: 0.1 } }
  expect(resolved({ c: [10, 1, 10] })).toMatchObject({
    ...oneStep,
    head: 'logistic',
    c: [1, 10],
    sweep: listed,
  })
  expect(resolved({ k: [20, 5] })).toMatchObject({
    ...oneStep,
    head: 'neighbors',
    k: [5, 20],
    temperature: 0.07,
  })
  expect(resolved({ c: [1] }).sweep).toBeNull()
  expect(resolved({ k: [7], features: 'both' }).sweep).toEqual(listed)
  expect(resolved({ c: [1, 2], standardize: true, sweep: { select: 'validation' } })).toMatchObject({
    standardize: true,
    sweep: { select: 'validation' },
  })
})

test('what is given takes the place of what a preset has of another kind', () => {
  expect(resolved({ preset: 'knn', c: [1] })).toMatchObject({ head: 'logistic', c: [1], k: [] })
  expect(resolved({ preset: 'logistic', k: [3] })).toMatchObject({ head: 'neighbors', k: [3], c: [] })
  expect(resolved({ preset: 'mae', head: 'linear' })).toMatchObject({ head: 'linear', optimizer: 'lars' })
  expect(resolved({ preset: 'ijepa-transfer', c: [1] })).toMatchObject({ head: 'logistic', features: 'both' })
  expect(resolved({ preset: 'knn', temperature: 0.1 })).toMatchObject({ head: 'neighbors', temperature: 0.1 })
})

test("MSN's protocol is one strength on normalised features without intercept, each of which may be had alone", () => {
  const msn = { head: 'logistic', normalize: true, standardize: false, intercept: false, sweep: null }
  expect(resolved({ preset: 'msn-lowshot' })).toMatchObject({ ...msn, c: [400] })
  expect(resolved({ preset: 'msn-lowshot', c: [1, 10] })).toMatchObject({ ...msn, c: [1, 10], sweep: {} })
  expect(resolved({ preset: 'msn-lowshot', intercept: true }).intercept).toBe(true)
  expect(resolved({ preset: 'msn-lowshot', standardize: true })).toMatchObject({
    normalize: false,
    standardize: true,
  })
  expect(resolved({ preset: 'msn-lowshot', k: [3] })).toMatchObject({ head: 'neighbors', normalize: true })
  expect(resolved({ preset: 'demo-probe', normalize: true })).toMatchObject({
    head: 'linear',
    normalize: true,
    standardize: false,
  })
  expect(resolved({ preset: 'demo-probe', normalize: true, standardize: true }).standardize).toBe(true)
})

test.each<[LinearProbeOptions, string]>([
  [{ c: [1], k: [1] }, 'k'],
  [{ intercept: false }, 'intercept'],
  [{ k: [1], intercept: true }, 'intercept'],
  [{ normalize: true, features: 'both' }, 'features'],
  [{ head: 'attentive', normalize: true }, 'normalize'],
  [{ head: 'linear', k: [1] }, 'k'],
  [{ c: [1], learningRate: 1e-3 }, 'learningRate'],
  [{ k: [1], epochs: 3 }, 'epochs'],
  [{ k: [1], sweep: { learningRates: [1] } }, 'sweep.learningRates'],
  [{ c: [] }, 'c'],
  [{ k: [] }, 'k'],
  [{ k: [0] }, 'k'],
  [{ c: [-1] }, 'c'],
  [{ temperature: 0.1 }, 'temperature'],
  [{ temperature: 0.1, c: [1] }, 'temperature'],
  [{ head: 'both', standardize: true }, 'standardize'],
  [{ head: 'batchnorm-linear', clipGradient: 1 }, 'clipGradient'],
  [{ head: 'batchnorm-linear', weightDecayEnd: 1 }, 'weightDecayEnd'],
  [{ batchNorm: 'plain' }, 'batchNorm'],
  [{ nesterov: false }, 'nesterov'],
  [{ head: 'both', views: 2 }, 'views'],
  [{ preset: 'knn', views: 2 }, 'views'],
])('%j is refused by name', (options, path) => {
  const error = errorOf(() => resolveLinearProbe(options, demo))
  expect(error.code).toBe('ERR_CONFIG')
  expect(
    (error.details?.issues as { path: string }[]).map((issue) => issue.path.replace(/\[.*/, '')),
  ).toContain(path)
})

test('pictures with several labels have the plain head alone', () => {
  for (const options of [{ head: 'batchnorm-linear' }, { c: [1] }, { k: [1] }] as const) {
    const error = errorOf(() => resolveLinearProbe(options, { ...demo, multiLabel: true }))
    expect(error.message).toContain('several labels')
  }
})
