/** Attentive probes: what their options resolve to, and what does not go with them. */
import type { LinearProbeOptions } from '../../../lib/api'
import { resolveLinearProbe } from '../../../lib/config'
import { demo, issuePaths } from './context'

test("the head alone gives V-JEPA's pooler and the default recipe, on pictures as they are evaluated", () => {
  expect(resolveLinearProbe({ head: 'attentive' }, demo)).toMatchObject({
    preset: 'attentive',
    head: 'attentive',
    pooling: 'vjepa_attentive',
    features: 'last',
    standardize: false,
    augmentation: null,
    views: null,
    saveEvery: 1,
    clipGradient: 1,
  })
  expect(resolveLinearProbe({}, demo).pooling).toBe('norm_then_mean')
})

test('the published recipes are those of their sources', () => {
  const imagenet = { ...demo, trainImages: 1_281_167, embedDim: 1280, depth: 32, classes: 1000 }
  expect(resolveLinearProbe({ preset: 'vjepa-attentive' }, imagenet)).toMatchObject({
    ...{ head: 'attentive', pooling: 'vjepa_attentive', optimizer: 'adamw', betas: [0.9, 0.999] },
    ...{ epochs: 20, batchSize: 1024, learningRate: 1e-3, minLearningRate: 0, warmupEpochs: 0 },
    ...{ schedule: 'cosine', weightDecay: 0.001, clipGradient: 1 },
  })
  expect(resolveLinearProbe({ preset: 'capi-attentive' }, imagenet)).toMatchObject({
    ...{ head: 'attentive', pooling: 'capi_attentive', optimizer: 'adamw', betas: [0.9, 0.95] },
    ...{ epochs: 10, batchSize: 1024, learningRate: 2e-3, warmupEpochs: 1, weightDecay: 1e-3 },
    ...{ clipGradient: 0, headInit: 0.02 },
  })
})

test('pictures are augmented ever anew, or in so many views', () => {
  const flip = { flip: 0.5 }
  expect(resolveLinearProbe({ head: 'attentive', augmentation: flip }, demo)).toMatchObject({
    views: null,
    augmentation: flip,
  })
  expect(resolveLinearProbe({ head: 'attentive', views: 3 }, demo)).toMatchObject({
    views: 3,
    augmentation: flip,
  })
})

test.each<[string, LinearProbeOptions]>([
  ['attention', { attention: 'capi' }],
  ['standardize', { head: 'attentive', standardize: true }],
  ['features', { head: 'attentive', features: 'last4' }],
  ['sweep', { head: 'attentive', sweep: { learningRates: [1e-3] } }],
])('%s is refused in %j', (path, options) => {
  expect(issuePaths(() => resolveLinearProbe(options, demo))).toContain(path)
})

test("capi's form needs a width that 64 divides", () => {
  const narrow = { ...demo, embedDim: 96 }
  expect(issuePaths(() => resolveLinearProbe({ preset: 'capi-attentive' }, narrow))).toEqual(['attention'])
  expect(resolveLinearProbe({ head: 'attentive' }, narrow).pooling).toBe('vjepa_attentive')
})
