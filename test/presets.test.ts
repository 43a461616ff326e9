/** Every preset resolves, says where it is from, and is what the demo's README says. */
import type { FinetuneOptions } from '../lib'
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

test.each(Object.keys(finetunePresets))('%s warns of nothing', (name) => {
  expect(resolveFinetune({ preset: name }, context(1_281_167, { bf16: true })).warnings).toEqual([])
})

const imagenet = (embedDim: number, depth: number) =>
  context(1_281_167, { embedDim, depth, classes: 1_000, bf16: true })

test("the published presets are their papers' rows", () => {
  const paper = (preset: string, ...shape: [number, number]) => {
    const config = resolveFinetune({ preset }, imagenet(...shape))
    return { ...config, images: config.batchSize * config.gradientAccumulation }
  }
  const mixed = { mixup: 0.8, cutmix: 1, mixupSwitchProbability: 0.5, labelSmoothing: 0.1 }
  const crop = { scale: [0.08, 1], ratio: [3 / 4, 4 / 3], retries: true }
  expect(paper('ijepa-imagenet', 1_280, 32)).toMatchObject({
    ...{ epochs: 50, images: 528, weightDecay: 0.04, layerDecay: 0.75, dropPath: 0.25, schedule: 'cosine' },
    ...mixed,
    learningRate: (1e-4 * 528) / 256,
    augmentation: { crop },
  })
  const onePercent = { epochs: 50, images: 512, learningRate: 3e-5, layerDecay: 0.75, labelSmoothing: 0.1 }
  const unmixed = { mixup: 0, cutmix: 0, dropPath: 0 }
  expect(paper('ijepa-1percent', 1_024, 24)).toMatchObject({ ...onePercent, ...unmixed, weightDecay: 0.05 })
  expect(paper('ijepa-1percent', 1_280, 32)).toMatchObject({ ...onePercent, ...unmixed, weightDecay: 0.4 })
  for (const [name, epochs, rate, layerDecay, dropPath] of [
    ['mae-base', 100, 5e-4, 0.65, 0.1],
    ['mae-large', 50, 1e-3, 0.75, 0.2],
    ['mae-huge', 50, 1e-3, 0.75, 0.3],
  ] as const) {
    expect(paper(name, 1_024, 24)).toMatchObject({
      ...{ epochs, layerDecay, dropPath, learningRate: 4 * rate, images: 1_024, warmupEpochs: 5 },
      ...{ weightDecay: 0.05, minLearningRate: 1e-6, headInit: 2e-5, pooling: 'mean_then_norm' },
      ...mixed,
      augmentation: { crop },
    })
  }
})

test('a batch size alone leaves the pictures of a published update as they are, and its learning rate with them', () => {
  const resolved = (options: FinetuneOptions) => {
    const { batchSize, gradientAccumulation, learningRate } = resolveFinetune(options, imagenet(1_024, 24))
    return [batchSize, gradientAccumulation, learningRate]
  }
  const preset = 'mae-large'
  expect(resolved({ preset, batchSize: 128 })).toEqual([128, 8, 4e-3])
  expect(resolved({ preset, batchSize: 1 })).toEqual([1, 1_024, 4e-3])
  expect(resolved({ preset, batchSize: 48 })).toEqual([48, 21, expect.closeTo((1e-3 * 1_008) / 256, 12)])
  expect(resolved({ preset, batchSize: 4_096 }).slice(0, 2)).toEqual([4_096, 1])
  expect(resolved({ preset, batchSize: 64, gradientAccumulation: 2 })).toEqual([64, 2, 5e-4])
  expect(resolved({ preset, gradientAccumulation: 2 }).slice(0, 2)).toEqual([32, 2])
  expect(resolved({ preset: 'ijepa-1percent', batchSize: 64 })).toEqual([64, 8, 3e-5])
  expect(resolved({ preset: 'small', batchSize: 16 }).slice(0, 2)).toEqual([16, 1])
})

test('small says why it chose what it did by the data, and nothing of what was given', () => {
  const { presetReasons, epochs, batchSize } = resolveFinetune(undefined, context(2_000, { embedDim: 128 }))
  expect([epochs, batchSize]).toEqual([20, 64])
  expect(presetReasons).toEqual({
    epochs: 'some 40,000 views, of 2,000 training pictures, within 10 to 50 epochs',
    batchSize: '64 from 1,000 pictures on',
    baseLearningRate: '0.512 / width, which is 128',
  })
  const given = resolveFinetune({ epochs: 3, learningRate: 1e-3 }, context(300))
  expect(given.presetReasons).toEqual({ batchSize: '16 below 1,000 pictures' })
  const allGiven = resolveFinetune({ epochs: 3, learningRate: 1e-3, batchSize: 8 }, context(300))
  expect(allGiven).not.toHaveProperty('presetReasons')
  expect(resolveFinetune({ preset: 'mae-base' }, context(300))).not.toHaveProperty('presetReasons')
})
