/** Every preset resolves, says where it is from, and is what the demo's README says. */
import { finetunePresets, linearProbePresets, resolveFinetune, resolveLinearProbe } from '../lib/config'
import type { RecipeContext } from '../lib/config'

const context = (trainImages: number, more: Partial<RecipeContext> = {}): RecipeContext => ({
  depth: 12,
  embedDim: 384,
  trainImages,
  classes: 10,
  cuda: false,
  bf16: false,
  ...more,
})
const sizes = [1, 12, 300, 2_000, 50_000, 1_281_167]

const resolvers = [
  ...Object.entries(linearProbePresets).map(([name, preset]) => ({
    name,
    preset,
    resolve: resolveLinearProbe,
  })),
  ...Object.entries(finetunePresets).map(([name, preset]) => ({ name, preset, resolve: resolveFinetune })),
]

test.each(resolvers)(
  '$name resolves for one picture and for a million, and survives JSON',
  ({ name, resolve }) => {
    for (const trainImages of sizes) {
      const config = resolve({ preset: name }, context(trainImages))
      expect(config.preset).toBe(name)
      expect(config.batchSize).toBeLessThanOrEqual(trainImages)
      expect(JSON.parse(JSON.stringify(config))).toEqual(config)
      for (const value of Object.values(config)) expect(value).not.toBeUndefined()
    }
  },
)

test.each(resolvers)('$name resolves for an encoder of one block', ({ name, resolve }) => {
  expect(resolve({ preset: name }, context(100, { depth: 1 })).epochs).toBeGreaterThan(0)
})

test.each(resolvers)('$name says what it is for, its source, its result and its command', ({ preset }) => {
  for (const told of [preset.summary, preset.source, preset.expected]) expect(told.length).toBeGreaterThan(10)
  expect(preset.command).toMatch(/^npm run (demo|(probe|finetune) -- )/)
})

test('the presets of the demo are its recipes', () => {
  const demo = context(2_000, { depth: 6, embedDim: 128, bf16: true })
  expect(resolveLinearProbe({ preset: 'demo-probe' }, demo)).toMatchObject({
    epochs: 100,
    batchSize: 256,
    learningRate: 3e-3,
    minLearningRate: 0,
    warmupEpochs: 0,
    schedule: 'cosine',
    betas: [0.9, 0.999],
    weightDecay: 1e-4,
    precision: 'fp32',
    dropLast: false,
    headInit: 0.01,
    standardize: true,
    clipGradient: 0,
  })
  expect(resolveFinetune({ preset: 'demo-finetune' }, demo)).toMatchObject({
    epochs: 20,
    batchSize: 64,
    learningRate: 1e-3,
    minLearningRate: 1e-6,
    warmupEpochs: 2,
    schedule: 'cosine',
    betas: [0.9, 0.999],
    weightDecay: 0.05,
    weightDecayEnd: 0.05,
    layerDecay: 0.75,
    labelSmoothing: 0.1,
    dropPath: 0,
    clipGradient: 0,
    precision: 'bf16',
    dropLast: true,
    headInit: 0.01,
    pooling: 'norm_then_mean',
    augmentation: { crop: { scale: [0.5, 1], ratio: [3 / 4, 4 / 3], retries: true }, flip: 0.5 },
    freeze: [{ from: 0, train: ['all'], learningRateScale: 1 }],
  })
})
