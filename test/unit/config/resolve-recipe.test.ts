/** Options of linearProbe and finetune -> configurations. */
import { resolve } from 'node:path'
import type { FinetuneOptions, LinearProbeOptions } from '../../../lib/api'
import { recordedRecipe, resolveFinetune, resolveLinearProbe, type FinetuneConfig } from '../../../lib/config'
import { demo, errorOf, issuePaths } from './context'

const finetune = (options?: FinetuneOptions, context = demo) => resolveFinetune(options, context)
const probe = (options?: LinearProbeOptions, context = demo) => resolveLinearProbe(options, context)
/** Options that TypeScript would refuse. */
const wrong = (options: unknown) => options as FinetuneOptions & LinearProbeOptions

test('a fine-tune without options is the small recipe, complete', () => {
  expect(finetune()).toEqual({
    preset: 'small',
    presetReasons: {
      epochs: 'some 40,000 views, of 2,000 training pictures, within 10 to 50 epochs',
      batchSize: '64 from 1,000 pictures on',
      baseLearningRate: '0.512 / width, which is 128',
    },
    epochs: 20,
    timeBudgetSeconds: null,
    batchSize: 64,
    gradientAccumulation: 1,
    learningRate: 1e-3,
    minLearningRate: 1e-6,
    warmupEpochs: 2,
    schedule: 'cosine',
    stepEpochs: 6,
    stepGamma: 0.1,
    optimizer: 'adamw',
    betas: [0.9, 0.999],
    epsilon: 1e-8,
    momentum: 0.9,
    weightDecay: 0.05,
    weightDecayEnd: 0.05,
    clipGradient: 0,
    precision: 'bf16',
    dropLast: true,
    headInit: 0.01,
    saveEvery: 1,
    earlyStopping: null,
    name: 'finetune',
    pooling: 'norm_then_mean',
    warnings: [],
    augmentation: {
      crop: { scale: [0.5, 1], ratio: [3 / 4, 4 / 3], retries: true },
      flip: 0.5,
      randAugment: null,
      colorJitter: { brightness: 0, contrast: 0, saturation: 0, hue: 0 },
      erasing: 0,
      erasingMode: 'pixel',
      interpolation: 'bicubic',
    },
    layerDecay: 0.75,
    dropPath: 0,
    ema: 0,
    views: null,
    checkpointing: false,
    labelSmoothing: 0.1,
    mixup: 0,
    cutmix: 0,
    mixupSwitchProbability: 0.5,
    loss: 'cross-entropy',
    classWeights: 'none',
    freeze: [{ from: 0, train: ['all'], learningRateScale: 1 }],
    bestBy: 'top1',
  })
})

test('configurations are frozen through and through and survive JSON', () => {
  for (const config of [probe(), finetune({ earlyStopping: { patience: 3 } })]) {
    expect(JSON.parse(JSON.stringify(config))).toEqual(config)
    expect(Object.isFrozen(config) && Object.isFrozen(config.betas) && Object.isFrozen(config.warnings)).toBe(
      true,
    )
  }
  expect(Object.isFrozen(finetune().augmentation.crop.scale)).toBe(true)
  expect(Object.isFrozen(finetune().freeze[0]?.train)).toBe(true)
})

test('the options that were given stay as they are, and unfrozen', () => {
  const freeze = [{ from: 0, train: ['head'] }]
  const betas: [number, number] = [0.9, 0.95]
  finetune({ freeze, betas })
  expect(Object.isFrozen(freeze) || Object.isFrozen(freeze[0]) || Object.isFrozen(betas)).toBe(false)
  expect(freeze).toEqual([{ from: 0, train: ['head'] }])
})

test('given options win over the preset, undefined ones do not', () => {
  const config = finetune({ preset: 'demo-finetune', epochs: 7, batchSize: undefined, weightDecay: 0 })
  expect(config).toMatchObject({
    epochs: 7,
    batchSize: 64,
    weightDecay: 0,
    weightDecayEnd: 0,
    learningRate: 1e-3,
  })
})

test('warm-up is a tenth of the epochs that are run', () => {
  expect(finetune({ epochs: 2 }).warmupEpochs).toBeCloseTo(0.2, 12)
  expect(finetune({ epochs: 2, warmupEpochs: 0 }).warmupEpochs).toBe(0)
})

test('a base learning rate is for 256 pictures of the batch that is run', () => {
  expect(finetune({ baseLearningRate: 1e-3, batchSize: 64 }).learningRate).toBeCloseTo(2.5e-4, 12)
  expect(finetune({ learningRate: 3e-4, batchSize: 64 }).learningRate).toBe(3e-4)
  expect(probe({ baseLearningRate: 1e-3, batchSize: 512 }).learningRate).toBeCloseTo(2e-3, 12)
})

test('both learning rates are one too many', () => {
  const error = errorOf(() => finetune({ learningRate: 1, baseLearningRate: 1 }))
  expect(error.code).toBe('ERR_CONFIG')
  expect(error.message).toContain('either learningRate or baseLearningRate')
})

test('a batch larger than the training set is made as small as that, with a warning', () => {
  const config = finetune({ batchSize: 64, baseLearningRate: 1e-3 }, { ...demo, trainImages: 10 })
  expect(config.batchSize).toBe(10)
  expect(config.learningRate).toBeCloseTo((1e-3 * 10) / 256, 12)
  expect(config.warnings).toEqual(['batchSize is 10, not 64: there are no more training pictures'])
  expect(finetune({ batchSize: 64 }, { ...demo, trainImages: 64 }).warnings).toEqual([])
})

test('an update has the pictures of all its batches: the base rate is for them, and there are no more than the set has', () => {
  const config = finetune({ batchSize: 16, gradientAccumulation: 4, baseLearningRate: 1e-3 })
  expect(config).toMatchObject({ batchSize: 16, gradientAccumulation: 4, warnings: [] })
  expect(config.learningRate).toBeCloseTo((1e-3 * 64) / 256, 12)
  const small = finetune({ batchSize: 16, gradientAccumulation: 4 }, { ...demo, trainImages: 40 })
  expect(small).toMatchObject({ batchSize: 16, gradientAccumulation: 2 })
  expect(small.warnings).toEqual(['gradientAccumulation is 2, not 4: there are no more training pictures'])
  expect(probe({ batchSize: 512, gradientAccumulation: 4 }, { ...demo, trainImages: 100 })).toMatchObject({
    batchSize: 100,
    gradientAccumulation: 1,
  })
})

test('mixup, cutmix, losses and weights of classes are kept as they are given', () => {
  const recipe = {
    mixup: 0.8,
    cutmix: 1,
    mixupSwitchProbability: 0.25,
    loss: 'binary-cross-entropy',
    classWeights: { cat: 2 },
  } as const
  expect(finetune(recipe)).toMatchObject(recipe)
  expect(finetune({ mixup: 0.8 })).toMatchObject({ mixup: 0.8, cutmix: 0, mixupSwitchProbability: 0.5 })
  expect(finetune({ classWeights: 'balanced' }).classWeights).toBe('balanced')
})

test('pictures with several labels are judged class by class', () => {
  const several = { ...demo, multiLabel: true }
  expect(finetune({}, several).loss).toBe('binary-cross-entropy')
  expect(probe({}, several).loss).toBe('binary-cross-entropy')
  expect(probe().loss).toBe('cross-entropy')
  expect(issuePaths(() => finetune({ loss: 'cross-entropy' }, several))).toEqual(['loss'])
  expect(finetune({ earlyStopping: { patience: 2 } }, several).earlyStopping?.metric).toBe('mAP')
  for (const metric of ['top1', 'top5']) {
    expect(issuePaths(() => finetune({ earlyStopping: { patience: 2, metric } }, several))).toEqual([
      'earlyStopping.metric',
    ])
  }
  const earlyStopping = { patience: 2, metric: 'mAP' }
  expect(issuePaths(() => finetune({ earlyStopping }))).toEqual(['earlyStopping.metric'])
})

test('each optimizer has its own options and weight decay', () => {
  expect(finetune({ optimizer: 'sgd' })).toMatchObject({ optimizer: 'sgd', momentum: 0.9, weightDecay: 1e-4 })
  expect(probe({ optimizer: 'lars', momentum: 0.95 })).toMatchObject({ momentum: 0.95, weightDecay: 0 })
  expect(finetune({ optimizer: 'lars', weightDecay: 0.1 }).weightDecay).toBe(0.1)
  expect(issuePaths(() => finetune({ momentum: 0.9 }))).toEqual(['momentum'])
  expect(issuePaths(() => probe({ optimizer: 'lars', betas: [0.9, 0.95] }))).toEqual(['betas'])
})

test('fp16 is for GPUs: a CPU has a warning', () => {
  expect(finetune({ precision: 'fp16' }).warnings).toHaveLength(1)
  expect(finetune({ precision: 'fp16' }, { ...demo, cuda: true })).toMatchObject({
    precision: 'fp16',
    warnings: [],
  })
})

test('ema is a decay, or nothing', () => {
  expect(finetune({ ema: 0.999 }).ema).toBe(0.999)
  expect(finetune({ ema: false }).ema).toBe(0)
})

test('a recipe that an older version recorded is completed with what it did', () => {
  const { gradientAccumulation: _, mixup: __, checkpointing: ___, ...older } = finetune({ epochs: 3 })
  expect(recordedRecipe('finetune', older as ReturnType<typeof finetune>)).toEqual(finetune({ epochs: 3 }))
  expect(recordedRecipe('finetune', finetune({ mixup: 0.8, gradientAccumulation: 2 }))).toEqual(
    finetune({ mixup: 0.8, gradientAccumulation: 2 }),
  )
  expect(recordedRecipe('linear-probe', probe())).toEqual(probe())
})

test('small chooses epochs, batch and rate by pictures and width', () => {
  const sized = (trainImages: number, embedDim: number) => finetune({}, { ...demo, trainImages, embedDim })
  expect(sized(300, 384)).toMatchObject({ epochs: 50, batchSize: 16 })
  expect(sized(50_000, 384)).toMatchObject({ epochs: 10, batchSize: 64 })
  expect(sized(2_000, 1280).learningRate).toBeCloseTo(1e-4, 10)
})

test('the probe by AdamW is the recipe at the sizes at which it was measured, whatever is given beside it', () => {
  expect(probe({ preset: 'adamw' })).toMatchObject({ epochs: 100, batchSize: 256, learningRate: 3e-3 })
  const cifar = { ...demo, trainImages: 50_000 }
  const recipe = { head: 'linear', epochs: 50, batchSize: 1024, learningRate: 3e-3, standardize: true }
  expect(probe({ preset: 'adamw' }, cifar)).toMatchObject({ ...recipe, warmupEpochs: 0, sweep: null })
  for (const option of [{ optimizer: 'adamw' }, { head: 'linear' }, { dropLast: false }] as const) {
    expect(probe(option, cifar)).toMatchObject({ ...recipe, preset: 'auto' })
    expect(probe(option, cifar)).not.toHaveProperty('presetReasons')
  }
})

test('fine-tuning is in bf16 where the hardware has it, a probe in fp32; asked for without hardware it warns', () => {
  expect(finetune({}, { ...demo, bf16: false }).precision).toBe('fp32')
  expect(probe().precision).toBe('fp32')
  expect(finetune({ precision: 'fp32' }).precision).toBe('fp32')
  const slow = finetune({ precision: 'bf16' }, { ...demo, bf16: false })
  expect(slow.precision).toBe('bf16')
  expect(slow.warnings).toHaveLength(1)
})

test('a jitter of one number is of brightness, contrast and saturation; parts of one leave the others out', () => {
  const jitter = (colorJitter: number | { hue?: number; contrast?: number }) =>
    finetune({ augmentation: { colorJitter } }).augmentation.colorJitter
  expect(jitter(0.4)).toEqual({ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0 })
  expect(jitter({ hue: 0.1, contrast: 2 })).toEqual({ brightness: 0, contrast: 2, saturation: 0, hue: 0.1 })
  for (const wrong of [-1, { hue: 0.6 }, { contrast: -0.1 }])
    expect(errorOf(() => jitter(wrong)).code).toBe('ERR_CONFIG')
  expect(errorOf(() => finetune({ augmentation: { erasing: 1.1 } })).code).toBe('ERR_CONFIG')
})

test('RandAugment is read as timm reads it; what is no policy is refused', () => {
  const policy = (randAugment: string) => finetune({ augmentation: { randAugment } }).augmentation.randAugment
  const defaults = {
    layers: 2,
    probability: 0.5,
    magnitude: 10,
    magnitudeStd: 0,
    uniform: false,
    magnitudeMax: 10,
    increasing: false,
  }
  expect(policy('rand')).toEqual(defaults)
  expect(policy('rand-m9-mstd0.5-inc1')).toEqual({
    ...defaults,
    magnitude: 9,
    magnitudeStd: 0.5,
    increasing: true,
  })
  expect(policy('rand-n3-p0.8-mstd101-mmax12-inc0')).toEqual({
    ...defaults,
    layers: 3,
    probability: 0.8,
    uniform: true,
    magnitudeMax: 12,
  })
  for (const wrong of [
    '',
    'm9',
    'augmix-m3',
    'rand-m',
    'rand-x3',
    'rand-p2',
    'rand-n0',
    'rand-m1.5',
    'rand-inc2',
    'rand-t3a',
  ])
    expect(errorOf(() => policy(wrong)).code).toBe('ERR_CONFIG')
})

test('part of an augmentation leaves the other parts', () => {
  expect(finetune({ augmentation: { flip: 0 } }).augmentation).toEqual({
    crop: { scale: [0.5, 1], ratio: [3 / 4, 4 / 3], retries: true },
    flip: 0,
    randAugment: null,
    colorJitter: { brightness: 0, contrast: 0, saturation: 0, hue: 0 },
    erasing: 0,
    erasingMode: 'pixel',
    interpolation: 'bicubic',
  })
  expect(finetune({ augmentation: { crop: { scale: [0.08, 1] } } }).augmentation.crop.scale).toEqual([
    0.08, 1,
  ])
})

test("'zero' and 0 are the same head", () => {
  expect(finetune({ headInit: 'zero' }).headInit).toBe(0)
  expect(finetune({ headInit: 0 }).headInit).toBe(0)
})

test('an unknown option is refused with the nearest name', () => {
  const error = errorOf(() => finetune(wrong({ learningrat: 1 })))
  expect(error.code).toBe('ERR_CONFIG')
  expect(error.message).toBe("Unknown option 'learningrat', did you mean 'learningRate'?")
  expect(errorOf(() => finetune(wrong({ lr: 1 }))).message).toContain("did you mean 'learningRate'?")
  expect(errorOf(() => finetune(wrong({ augmentation: { flop: 1 } }))).message).toContain(
    "'augmentation.flip'",
  )
  expect(errorOf(() => probe(wrong({ qwertyuiop: 1 }))).message).toBe("Unknown option 'qwertyuiop'")
})

test('all that is wrong is told together, with its paths', () => {
  const options = wrong({
    learningRate: -1,
    epochs: 1.5,
    augmentation: { crop: { scale: [1, 0.5] } },
    freeze: [{ from: 0, train: 'head' }],
    preset: 'smal',
    batchSize: 0,
  })
  const error = errorOf(() => finetune(options))
  expect(error.message).toContain('Expected a number above 0 for learningRate, got -1')
  expect(error.message).toContain("Unknown preset 'smal', did you mean 'small'?")
  expect(issuePaths(() => finetune(options)).sort()).toEqual(
    ['augmentation.crop.scale', 'epochs', 'freeze[0].train', 'learningRate', 'batchSize', 'preset'].sort(),
  )
})

test.each([
  ['epochs', 0],
  ['epochs', Infinity],
  ['learningRate', NaN],
  ['learningRate', '1e-3'],
  ['labelSmoothing', 1],
  ['dropPath', -0.1],
  ['layerDecay', 0],
  ['layerDecay', 1.1],
  ['betas', [0.9, 1]],
  ['betas', [0.9]],
  ['stepGamma', 2],
  ['headInit', -1],
  ['batchSize', 0],
  ['gradientAccumulation', 0],
  ['optimizer', 'adam'],
  ['precision', 'fp8'],
  ['ema', 1],
  ['ema', true],
  ['mixup', -1],
  ['cutmix', Infinity],
  ['mixupSwitchProbability', 1.1],
  ['loss', 'hinge'],
  ['classWeights', 'inverse'],
  ['classWeights', { cat: 0 }],
  ['earlyStopping', { patience: 0 }],
  ['earlyStopping', { patience: 1, metric: 'accuracy' }],
  ['freeze', []],
  ['name', '../elsewhere'],
  ['name', '..'],
  ['preset', 'constructor'],
  ['pooling', 'cls'],
  ['signal', {}],
  ['onEvent', 3],
])('%s: %p is out of range', (name, value) => {
  expect(issuePaths(() => finetune(wrong({ schedule: 'step', [name]: value })))[0]).toMatch(
    new RegExp(`^${name}`),
  )
})

test('options that are no object are refused', () => {
  expect(errorOf(() => finetune(wrong(3))).message).toBe('Expected an object of options, got 3')
  expect(errorOf(() => finetune(wrong([]))).code).toBe('ERR_CONFIG')
})

test('a value of any kind can be shown', () => {
  const circle: { self?: unknown } = {}
  circle.self = circle
  for (const value of [circle, 10n, Symbol('s'), null, new Float32Array(1e6), 'x'.repeat(1e4)]) {
    const error = errorOf(() => finetune(wrong({ epochs: value })))
    expect(error.message).toMatch(/^Expected a whole number of at least 1 for epochs, got .{1,64}$/)
  }
})

test('rates and epochs that contradict one another are refused', () => {
  expect(issuePaths(() => finetune({ minLearningRate: 1 }))).toEqual(['minLearningRate'])
  expect(issuePaths(() => finetune({ epochs: 3, warmupEpochs: 4 }))).toEqual(['warmupEpochs'])
  expect(issuePaths(() => finetune({ stepGamma: 0.5 }))).toEqual(['stepGamma'])
  expect(issuePaths(() => finetune({ schedule: 'constant', minLearningRate: 0 }))).toEqual([
    'minLearningRate',
  ])
  expect(finetune({ schedule: 'step', stepGamma: 0.5, stepEpochs: 2 })).toMatchObject({
    stepGamma: 0.5,
    stepEpochs: 2,
  })
})

test('a rate below the default end has its own end', () => {
  expect(finetune({ learningRate: 1e-7 }).minLearningRate).toBe(1e-7)
})

test('top-5 decides nothing where there are five classes or fewer', () => {
  const earlyStopping = { patience: 2, metric: 'top5' }
  expect(issuePaths(() => finetune({ earlyStopping }, { ...demo, classes: 5 }))).toEqual([
    'earlyStopping.metric',
  ])
  expect(finetune({ earlyStopping }).earlyStopping).toEqual(earlyStopping)
})

test('one metric chooses the epoch and ends the run', () => {
  const patience = { patience: 2 }
  expect(finetune({ bestBy: 'macroF1', earlyStopping: patience })).toMatchObject({
    bestBy: 'macroF1',
    earlyStopping: { patience: 2, metric: 'macroF1' },
  })
  expect(finetune({ earlyStopping: { ...patience, metric: 'loss' } }).bestBy).toBe('loss')
  expect(finetune({ bestBy: 'f1' }, { ...demo, multiLabel: true }).bestBy).toBe('f1')
  const both = { bestBy: 'mcc', earlyStopping: { ...patience, metric: 'loss' } }
  expect(errorOf(() => finetune(both)).message).toBe(
    "Expected loss, as earlyStopping.metric says, or nothing there for bestBy, got 'mcc'",
  )
})

test('a metric that validation does not give is refused with those that it gives, and the nearest', () => {
  expect(errorOf(() => finetune({ bestBy: 'macro-f1' }, { ...demo, classes: 3 })).message).toBe(
    "Expected one of 'top1', 'loss', 'macroF1', 'weightedF1', 'meanPerClassAccuracy', 'cohenKappa', 'mcc' for bestBy with 3 classes, one a picture, got 'macro-f1', did you mean 'macroF1'?",
  )
  expect(issuePaths(() => finetune({ bestBy: 'top1' }, { ...demo, multiLabel: true }))).toEqual(['bestBy'])
})

test('a run of an older version chooses by what it was ended by', () => {
  const { bestBy: _, ...recorded } = finetune({ earlyStopping: { patience: 2, metric: 'loss' } })
  expect(recordedRecipe('finetune', recorded as FinetuneConfig)).toMatchObject({ bestBy: 'loss' })
  const without = { ...recorded, earlyStopping: null }
  expect(recordedRecipe('finetune', without as unknown as FinetuneConfig)).toMatchObject({ bestBy: null })
})

test('freezing stages begin at epoch 0 and rise', () => {
  const stages = (...from: number[]) => from.map((epoch) => ({ from: epoch, train: ['head'] }))
  expect(issuePaths(() => finetune({ freeze: stages(1) }))).toEqual(['freeze[0].from'])
  expect(issuePaths(() => finetune({ freeze: stages(0, 3, 3) }))).toEqual(['freeze[2].from'])
  expect(finetune({ freeze: stages(0, 30), epochs: 20 }).warnings).toHaveLength(1)
})

test('a probe keeps its features unless told otherwise, in an absolute folder', () => {
  expect(probe()).toMatchObject({ cache: true, views: null, augmentation: null, features: 'last' })
  expect(probe({ cache: false }).cache).toBe(false)
  expect(probe({ cache: 'here' }).cache).toBe(resolve('here'))
})

test('views of a probe are augmented as those of a fine-tune; augmentation needs them', () => {
  expect(probe({ views: 3 })).toMatchObject({ views: 3, augmentation: { flip: 0.5 } })
  expect(probe({ views: 1, augmentation: { flip: 0 } }).augmentation).toMatchObject({ flip: 0 })
  expect(issuePaths(() => probe({ augmentation: { flip: 0 } }))).toEqual(['views'])
  expect(issuePaths(() => probe({ views: 2, sweep: { learningRates: [1, 2] } }))).toEqual(['views'])
})

test("'last4' needs four blocks", () => {
  expect(probe({ features: 'last4' }, { ...demo, depth: 4 }).features).toBe('last4')
  expect(issuePaths(() => probe({ features: 'last4' }, { ...demo, depth: 3 }))).toEqual(['features'])
})
