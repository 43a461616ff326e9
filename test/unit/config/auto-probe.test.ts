/** What the default probe comes to, by the number of pictures and by what is said beside it. */
import { resolveLinearProbe } from '../../../lib/config'
import { demo } from './context'

const auto = (trainImages: number, more: Partial<typeof demo> = {}) =>
  resolveLinearProbe({}, { ...demo, trainImages, ...more })

test('of few pictures it is a logistic regression of one strength, by the number of columns', () => {
  for (const trainImages of [2, 50, 2_000, 4_999]) {
    const config = auto(trainImages)
    expect(config).toMatchObject({ preset: 'auto', head: 'logistic', c: [10 / 128], standardize: true })
    expect(config).toMatchObject({ sweep: null, normalize: false, intercept: true, epochs: 1 })
    expect(config.presetReasons?.c).toContain('too few to hold some out')
  }
  const wide = resolveLinearProbe({ features: 'last4' }, demo)
  expect(wide).toMatchObject({ features: 'last4', c: [10 / 512] })
})

test('of many, a tenth of them chooses the strength', () => {
  const config = auto(5_000)
  expect(config).toMatchObject({ head: 'logistic', sweep: { select: { fraction: 0.1 } } })
  expect(config.c.map((c) => c * 128)).toEqual([0.1, 1, 10, 100, 1_000])
  expect(config.presetReasons?.c).toContain('a tenth of the 5,000 training pictures chooses')
  // Half of two pictures of a class would be held out.
  expect(auto(5_000, { classes: 1_000 }).c).toHaveLength(1)
})

test('of more than float64 takes in minutes, AdamW with a choice of rates', () => {
  const imagenet = { embedDim: 1_280, depth: 32, classes: 1_000 }
  const config = auto(1_281_167, imagenet)
  expect(config).toMatchObject({ head: 'linear', optimizer: 'adamw', epochs: 50, batchSize: 1_024 })
  expect(config.sweep?.learningRates).toEqual([3e-3, 1e-2, 3e-2, 0.1])
  expect(config.presetReasons?.optimizer).toContain('takes too long')
  expect(auto(12_811, imagenet)).toMatchObject({ head: 'logistic' })
})

test('where groups leave nothing that could choose, what serves any number of pictures, and why', () => {
  const config = auto(50_000, { holdsOut: false })
  expect(config).toMatchObject({ head: 'logistic', c: [10 / 128], sweep: null })
  expect(config.presetReasons?.c).toMatch(/no class has training pictures of two groups/)
  expect(auto(2_000, { holdsOut: false }).presetReasons?.c).toContain('two groups')
  const large = auto(1_281_167, { embedDim: 1_280, depth: 32, classes: 1_000, holdsOut: false })
  expect(large).toMatchObject({ optimizer: 'adamw', sweep: null, learningRate: 3e-3 })
  expect(large.presetReasons?.learningRate).toContain('two groups')
})

test('where a regression cannot be, by updates', () => {
  expect(auto(2_000, { multiLabel: true })).toMatchObject({ head: 'linear', loss: 'binary-cross-entropy' })
  expect(auto(2_000, { everyClass: false }).presetReasons?.optimizer).toContain('of every class')
})

test.each([
  { learningRate: 1e-2 },
  { epochs: 3 },
  { optimizer: 'sgd' },
  { head: 'batchnorm-linear' },
  { sweep: { learningRates: [1e-3, 1e-2] } },
  { standardize: false },
  { normalize: true },
  { views: 2 },
  { batchSize: 'auto' },
] as const)('%j is honoured: nothing is chosen instead', (option) => {
  const config = resolveLinearProbe(option, { ...demo, trainImages: 50_000 })
  expect(config.head).not.toBe('logistic')
  expect(config.presetReasons?.c).toBeUndefined()
})

test('c and k are what they say, on features as they are', () => {
  const many = { ...demo, trainImages: 50_000 }
  expect(resolveLinearProbe({ c: [3] }, many)).toMatchObject({ c: [3], standardize: false, sweep: null })
  expect(resolveLinearProbe({ k: [3] }, many)).toMatchObject({ k: [3], head: 'neighbors' })
})

test('what has nothing to do with the probe is kept beside it', () => {
  const options = { features: 'last4', precision: 'bf16', cache: false, name: 'mine' } as const
  expect(resolveLinearProbe(options, demo)).toMatchObject({ ...options, head: 'logistic' })
})
