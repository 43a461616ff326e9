/** What a run would take, against what the same run takes then. Other work shares the machine: of the time, the order alone counts. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Trainer, type FinetuneOptions, type LinearProbeOptions } from '../../lib'
import { deviceMemory, Session } from '../../lib/native'
import { colourFolder, temporaryFolder, tinyEncoder } from '../pictures'

const common = { batchSize: 8, precision: 'fp32', progress: 'none', epochs: 6 } as const
/** Memory is counted, not timed. */
const memoryShare = 0.2
const timeFactor = 5

let trainer: Trainer
let directory: string

beforeAll(async () => {
  directory = temporaryFolder()
  trainer = await Trainer.create({
    encoder: tinyEncoder,
    data: { train: colourFolder(40, 32), validation: colourFolder(20, 32, 500) },
    directory,
    threads: 2,
  })
})
afterAll(() => trainer.dispose())

/** Bytes of tensors at most beyond those that were there, and seconds. */
async function measured(work: () => Promise<unknown>): Promise<{ bytes: number; seconds: number }> {
  deviceMemory('cpu')
  const { peak: before } = deviceMemory('cpu')
  const begun = performance.now()
  await work()
  return { seconds: (performance.now() - begun) / 1000, bytes: deviceMemory('cpu').peak - before }
}

const stages: FinetuneOptions = {
  ...common,
  views: 1,
  freeze: [
    { from: 0, train: ['head'] },
    { from: 3, train: ['head', 'blocks.-1..'] },
  ],
}
const cases: [string, 'finetune' | 'linearProbe', FinetuneOptions | LinearProbeOptions][] = [
  ['a fine-tune of all', 'finetune', { ...common, ema: 0.9 }],
  ['two freezing stages, the frozen output kept', 'finetune', stages],
  [
    'updates of more batches than are tried',
    'finetune',
    { ...common, batchSize: 4, gradientAccumulation: 8 },
  ],
  [
    'a probe that chooses',
    'linearProbe',
    { ...common, cache: false, sweep: { learningRates: [1e-3, 1e-2] } },
  ],
  ['an attentive probe', 'linearProbe', { ...common, head: 'attentive' }],
  ['an attentive probe without a cache', 'linearProbe', { ...common, head: 'attentive', cache: false }],
  ['a probe on augmented views', 'linearProbe', { ...common, cache: false, views: 3 }],
]

test.each(cases)(
  '%s takes what was estimated, and the estimate leaves nothing',
  async (_, method, options) => {
    const before = readdirSync(directory)
    const estimate = await trainer.estimate(options)
    expect(readdirSync(directory)).toEqual(before)
    const real = await measured(() => trainer[method](options))
    expect(Math.abs(estimate.bytes / real.bytes - 1)).toBeLessThan(memoryShare)
    expect(estimate.seconds).toBeLessThan(timeFactor * real.seconds)
    expect(estimate.seconds).toBeGreaterThan(real.seconds / timeFactor)
    expect(estimate.imagesPerSecond).toBeGreaterThan(0)
    expect(estimate.batchSize).toBe(options.batchSize)
  },
)

it('grows with the epochs, and stays within the time budget', async () => {
  const seconds = async (changes: FinetuneOptions) =>
    (await trainer.estimate({ ...common, ...changes })).seconds
  const long = await seconds({ epochs: 100_000 })
  expect(long).toBeGreaterThan(1000)
  expect(await seconds({ epochs: 100_000, timeBudgetSeconds: 10 })).toBeLessThan(long / 10)
})

it('leaves the trainer as it was: the next run is the same to the bit', async () => {
  const losses = async () =>
    (await trainer.finetune({ ...common, epochs: 1 })).history.map(({ train }) => train.loss)
  const before = await losses()
  await trainer.estimate(common)
  expect(await losses()).toEqual(before)
})

it('an abort rejects with its reason and leaves nothing, not even the directory of runs', async () => {
  const reason = new Error('enough')
  const runs = join(temporaryFolder(), 'some', 'runs')
  const other = await Trainer.create({
    encoder: tinyEncoder,
    data: { train: colourFolder(12, 32), validation: 'none' },
    directory: runs,
    threads: 2,
  })
  for (const kind of ['finetune', 'linear-probe'] as const) {
    const stopping = new AbortController()
    const spy = jest.spyOn(Session.prototype, kind === 'finetune' ? 'trainStep' : 'appendFeatures')
    const estimating = other.estimate({ ...common, kind, signal: stopping.signal })
    while (spy.mock.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(existsSync(runs)).toBe(true)
    stopping.abort(reason)
    await expect(estimating).rejects.toBe(reason)
    spy.mockRestore()
  }
  await other.dispose()
  expect(existsSync(join(runs, '..'))).toBe(false)
})

it.each<[object, string]>([
  [{ kind: 'probe' }, 'kind'],
  [{ epochs: 0 }, 'epochs'],
  [{ kind: 'finetune', sweep: { learningRates: [1] } }, 'sweep'],
])('refuses %j', async (options, path) => {
  await expect(trainer.estimate(options)).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    details: { issues: [expect.objectContaining({ path })] },
  })
})

it.each([{ c: [1, 10] }, { k: [3, 5] }])('tells what a fit takes: %j', async (recipe) => {
  const estimated = await trainer.estimate({ progress: 'none', kind: 'linear-probe', ...recipe })
  expect(estimated.seconds).toBeGreaterThan(0)
  expect(estimated.bytes).toBeGreaterThan(0)
  expect(estimated.imagesPerSecond).toBeGreaterThan(0)
})
