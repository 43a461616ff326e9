/** Options of Trainer.create, preprocessing, control and evaluation -> configurations. */
import type { TrainerOptions } from '../../../lib/api'
import { allCorruptions } from '../../../lib/config/corruptions'
import {
  defaultPreprocessing,
  resolveData,
  resolveEvaluate,
  resolvePreprocessing,
  resolveTrainer,
  splitControl,
} from '../../../lib/config'
import { errorOf, issuePaths } from './context'

const trainer = (options: unknown) => resolveTrainer(options as TrainerOptions)

test('a trainer needs an encoder and pictures, and has a default for all else', () => {
  const config = trainer({ encoder: 'encoder.safetensors', data: { train: 'flowers' } })
  expect(config).toEqual({
    encoder: 'encoder.safetensors',
    data: { train: 'flowers', validation: { fraction: 0.1 }, onBadImage: 'throw', alpha: 'white' },
    preprocessing: {},
    device: 'auto',
    seed: 0,
    directory: 'runs',
  })
  expect(Object.isFrozen(config) && Object.isFrozen(config.data)).toBe(true)
  expect(JSON.parse(JSON.stringify(config))).toEqual(config)
})

test('the signal is no part of the configuration', () => {
  const { signal } = new AbortController()
  expect(trainer({ encoder: 'e', data: { train: 't' }, signal })).not.toHaveProperty('signal')
})

test('a list of samples is kept, neither copied nor frozen', () => {
  const train = [{ image: 'a.png', label: 'a' }]
  expect(resolveData({ train }).train).toBe(train)
  expect(Object.isFrozen(train)).toBe(false)
})

test('of the forms of an encoder the one that fits best is spoken of', () => {
  const data = { train: 't' }
  const random = { architecture: 'vit_tiny', patchSize: 4, imageSize: 32 }
  expect(trainer({ encoder: random, data }).encoder).toEqual(random)
  expect(errorOf(() => trainer({ encoder: { ...random, patchSize: -1 }, data })).message).toBe(
    'Expected a whole number of at least 1 for encoder.patchSize, got -1',
  )
  expect(errorOf(() => trainer({ encoder: { from: 'x', head: 2 }, data })).message).toBe(
    "Unknown option 'encoder.head', did you mean 'encoder.heads'?",
  )
  const architecture = { embedDim: 10, depth: 2, heads: 3 }
  expect(issuePaths(() => trainer({ encoder: { ...random, architecture }, data }))).toEqual([
    'encoder.architecture',
  ])
})

test.each([
  [undefined, ['encoder', 'data']],
  [{ encoder: '', data: { train: 't' } }, ['encoder']],
  [{ encoder: 'e', data: {} }, ['data.train']],
  [{ encoder: 'e', data: { train: [1] } }, ['data.train']],
  [{ encoder: 'e', data: { train: 't', validation: { fraction: 1 } } }, ['data.validation.fraction']],
  [{ encoder: 'e', data: { train: 't', subset: { fraction: 0.1, perClass: 2 } } }, ['data.subset']],
  [{ encoder: 'e', data: { train: 't', vallidation: 'v' } }, ['data.vallidation']],
  [{ encoder: 'e', data: { train: 't' }, device: 'cuda:x' }, ['device']],
  [{ encoder: 'e', data: { train: 't' }, threads: 0, seed: -1 }, ['threads', 'seed']],
  [{ encoder: 'e', data: { train: 't' }, preprocessing: { std: [0, 1, 1] } }, ['preprocessing.std[0]']],
])('%j is refused', (options, paths) => {
  expect(issuePaths(() => trainer(options))).toEqual(paths)
})

test('a bare encoder is preprocessed as it was pre-trained, whatever its folder says, with a warning', () => {
  expect(resolvePreprocessing(undefined, undefined, 'encoder')).toEqual({
    preprocessing: defaultPreprocessing,
    warnings: [],
  })
  const saved = { resize: 'squash', mean: [0.5, 0.5, 0.5] } as const
  const { preprocessing, warnings } = resolvePreprocessing({ cropFraction: 1 }, saved, 'encoder')
  expect(preprocessing).toEqual({ ...defaultPreprocessing, cropFraction: 1 })
  expect(warnings).toHaveLength(1)
  expect(warnings[0]).toContain("resize 'squash'")
})

test("a saved classifier's own preprocessing is law unless one is given, which warns", () => {
  const saved = { resize: 'squash', cropFraction: 0.9 } as const
  const own = resolvePreprocessing(undefined, saved, 'classifier')
  expect(own).toEqual({ preprocessing: { ...defaultPreprocessing, ...saved }, warnings: [] })
  const asked = resolvePreprocessing({ cropFraction: 1 }, saved, 'classifier')
  expect(asked.preprocessing).toEqual({ ...defaultPreprocessing, resize: 'squash', cropFraction: 1 })
  expect(asked.warnings).toEqual([
    'The classifier was trained with cropFraction 0.9; this uses cropFraction 1',
  ])
})

test('control is split from the recipe, and checked', () => {
  const onEvent = () => undefined
  expect(splitControl({ epochs: 3, onEvent, logEvery: 5 })).toEqual({
    control: { onEvent, logEvery: 5 },
    recipe: { epochs: 3 },
  })
  expect(splitControl(undefined)).toEqual({ control: {}, recipe: {} })
  expect(issuePaths(() => splitControl({ logEvery: 0 }))).toEqual(['logEvery'])
})

test('an evaluation is of accuracy alone unless suites are asked for; groups ask for bias', () => {
  expect(resolveEvaluate()).toEqual({
    split: null,
    suites: ['accuracy'],
    realLabels: null,
    cueConflict: null,
    budget: 'quick',
    groups: [],
    labelEfficiency: { labelsPerClass: [1, 2, 5, 10, 100], fractions: [0.01, 0.1, 1], lists: [], seeds: 5 },
    robustness: {
      corruptions: allCorruptions,
      severities: [1, 2, 3, 4, 5],
      given: { corruptions: false, severities: false },
    },
    sensitivity: false,
    maxImages: null,
    shifts: [],
    precision: 'fp32',
    health: true,
    thumbnails: true,
    threshold: null,
  })
  expect(
    resolveEvaluate({ split: 'validation', suites: 'all', thumbnails: false, health: false }),
  ).toMatchObject({
    split: 'validation',
    suites: ['accuracy', 'labelEfficiency', 'robustness', 'bias'],
    thumbnails: false,
    health: false,
  })
  expect(resolveEvaluate({ groups: ['place'] })).toMatchObject({
    suites: ['accuracy', 'bias'],
    sensitivity: false,
  })
  expect(resolveEvaluate({ suites: ['bias'], maxImages: 7 })).toMatchObject({
    sensitivity: true,
    maxImages: 7,
  })
  expect(resolveEvaluate({ suites: 'all', severities: [5, 1] })).toMatchObject({
    sensitivity: true,
    robustness: { severities: [1, 5], given: { corruptions: false, severities: true } },
  })
  expect(resolveEvaluate({ suites: ['labelEfficiency'] }).suites).toEqual(['accuracy', 'labelEfficiency'])
})
