/** Features that are kept for later runs: to the bit, after a kill, beside another process, with a damaged part. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Trainer, type LinearProbeOptions, type Run, type TrainEvent } from '../../lib'
import { Session } from '../../lib/native'
import { colourFolder, noisyPixels, temporaryFolder, tinyEncoder } from '../pictures'
import { flipBit, outcome, probing, quiet } from './runs'

const root = join(__dirname, '..', '..')
const [pictures, heldOut] = [2200, 100] // three parts and one
const options: LinearProbeOptions = { ...probing, epochs: 2, batchSize: 100 }

/** A file in CIFAR-10's format, of two classes. */
function cifar(count: number, seed: number): string {
  const records = Buffer.alloc(count * 3073)
  for (let i = 0; i < count; i++) {
    records[3073 * i] = i % 2
    records.set(noisyPixels([i % 2 === 0 ? 60 : 190, 120, 90], 32, seed + i), 3073 * i + 1)
  }
  const file = join(temporaryFolder(), 'data_batch.bin')
  writeFileSync(file, records)
  return file
}

let data: { train: string; validation: string }
let plain: Run

beforeAll(async () => {
  data = { train: cifar(pictures, 0), validation: cifar(heldOut, 9000) }
  plain = (await probe({ cache: false })).run
}, 60_000)

interface Probed {
  readonly run: Run
  /** Pictures that were encoded. */
  readonly encoded: number
  readonly warnings: string[]
}

async function probe(changes: LinearProbeOptions, sources: object = data): Promise<Probed> {
  const trainer = await Trainer.create({
    encoder: tinyEncoder,
    data: { ...data, ...sources },
    directory: temporaryFolder(),
    threads: 2,
  })
  const batches: Promise<Int32Array>[] = []
  const append = Session.prototype.appendFeatures
  const spy = jest.spyOn(Session.prototype, 'appendFeatures').mockImplementation(function (
    this: Session,
    ...args
  ) {
    const batch = append.apply(this, args)
    batches.push(batch)
    return batch
  })
  const warnings: string[] = []
  const onEvent = (event: TrainEvent) => {
    if (event.type === 'warning') warnings.push(`${event.code} ${event.message}`)
  }
  try {
    const run = await trainer.linearProbe({ ...options, ...changes, ...quiet, onEvent })
    const samples = (await Promise.all(batches)).map(({ length }) => length)
    return { run, encoded: samples.reduce((a, b) => a + b, 0), warnings }
  } finally {
    spy.mockRestore()
    await trainer.dispose()
  }
}

const keysOf = (cache: string) => readdirSync(cache).filter((name) => /^[0-9a-f]{32}$/.test(name))
const partsOf = (cache: string) =>
  keysOf(cache)
    .flatMap((key) => readdirSync(join(cache, key)).map((name) => join(cache, key, name)))
    .filter((name) => name.endsWith('.features'))
    .sort()

it('train the same head to the bit, and no picture is encoded again', async () => {
  const cache = temporaryFolder()
  const first = await probe({ cache })
  expect(first.encoded).toBe(pictures + heldOut)
  expect(partsOf(cache)).toHaveLength(4)
  const second = await probe({ cache })
  expect(second.encoded).toBe(0)
  for (const { run, warnings } of [first, second]) {
    expect(outcome(run)).toEqual(outcome(plain))
    expect(warnings).toEqual([])
  }
})

it('in bf16 take half of the room, and train the same head to the bit with and without a cache', async () => {
  const [whole, half] = [temporaryFolder(), temporaryFolder()]
  const few = { train: cifar(256, 0), validation: cifar(64, 9000) }
  const shorter: LinearProbeOptions = { precision: 'bf16', epochs: 1 }
  const bytes = (cache: string) => partsOf(cache).reduce((sum, file) => sum + statSync(file).size, 0)
  await probe({ cache: whole, epochs: 1 }, few)
  const [without, first, second] = [
    await probe({ ...shorter, cache: false }, few),
    await probe({ ...shorter, cache: half }, few),
    await probe({ ...shorter, cache: half }, few),
  ]
  expect(second.encoded).toBe(0)
  expect(outcome(first.run)).toEqual(outcome(without.run))
  expect(outcome(second.run)).toEqual(outcome(without.run))
  const columns = 32
  expect(bytes(whole) - bytes(half)).toBe((256 + 64) * columns * 2)
})

it('are computed anew where something differs that they depend on, and shared where nothing does', async () => {
  const cache = temporaryFolder()
  const few = { train: cifar(64, 0), validation: cifar(16, 9000) }
  const encoded = async (changes: LinearProbeOptions, sources?: object) =>
    (await probe({ cache, batchSize: 32, epochs: 1, ...changes }, { ...few, ...sources })).encoded
  expect(await encoded({})).toBe(80)
  expect(await encoded({ headInit: 'zero', standardize: false, learningRate: 1e-2 })).toBe(0)
  expect(await encoded({ precision: 'bf16' })).toBe(80)
  expect(await encoded({}, { validation: cifar(16, 9001) })).toBe(16)
  expect(await encoded({}, { alpha: 'ignore' })).toBe(80)
})

it('a damaged part alone is computed anew, with a warning', async () => {
  const cache = temporaryFolder()
  await probe({ cache })
  const damage = [
    (file: string) => flipBit(file),
    (file: string) => truncateSync(file, 100),
    (file: string) => writeFileSync(file, ''),
  ]
  for (const harm of damage) {
    const second = partsOf(cache).find((file) => file.endsWith('00001.features'))!
    harm(second)
    const { run, encoded, warnings } = await probe({ cache })
    expect(encoded).toBe(1024)
    expect(warnings).toEqual([expect.stringMatching(/^WARN_CACHE .*part-00001.features.* damaged/)])
    expect(outcome(run)).toEqual(outcome(plain))
  }
  expect((await probe({ cache })).encoded).toBe(0)
})

it('a part that is gone, and one beside which the unread pictures are gone or nonsense', async () => {
  const cache = temporaryFolder()
  await probe({ cache })
  const [first] = partsOf(cache)
  unlinkSync(first!)
  writeFileSync(first!.replace('.features', '.unread.json'), '{"unread": [{"sample": 1, "reason": 2}]}')
  const { run, warnings } = await probe({ cache })
  expect(warnings).toEqual([])
  expect(outcome(run)).toEqual(outcome(plain))
})

const program = (cache: string) => `
  import { Trainer } from ${JSON.stringify(join(root, 'dist', 'index.mjs'))}
  const trainer = await Trainer.create(${JSON.stringify({ encoder: tinyEncoder, data, directory: temporaryFolder(), threads: 2 })})
  const run = await trainer.linearProbe(${JSON.stringify({ ...options, cache, ...quiet })})
  await trainer.dispose()
  console.log(run.directory)`

function start(cache: string) {
  const file = join(temporaryFolder(), 'probe.mjs')
  writeFileSync(file, program(cache))
  return spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] })
}

it('what was computed before kill -9 is not computed again', async () => {
  const cache = temporaryFolder()
  const child = start(cache)
  const exited = once(child, 'exit')
  while (partsOf(cache).length === 0) await sleep(1)
  child.kill('SIGKILL')
  await exited
  const kept = partsOf(cache).length
  expect(kept).toBeLessThan(4)
  const { run, encoded, warnings } = await probe({ cache })
  expect(encoded).toBeGreaterThan(0)
  expect(encoded).toBeLessThanOrEqual(pictures + heldOut - 1024 * Math.min(kept, 2))
  expect(warnings).toEqual([])
  expect(outcome(run)).toEqual(outcome(plain))
}, 60_000)

it('two processes may compute the same at the same time', async () => {
  const cache = temporaryFolder()
  const children = [start(cache), start(cache)]
  const codes = await Promise.all(children.map(async (child) => ((await once(child, 'exit')) as [number])[0]))
  expect(codes).toEqual([0, 0])
  const { run, encoded } = await probe({ cache })
  expect(encoded).toBe(0)
  expect(outcome(run)).toEqual(outcome(plain))
}, 60_000)

it('pictures that cannot be read are remembered, and no cache hides them', async () => {
  const cache = temporaryFolder()
  const train = colourFolder(8, 32)
  const [picture] = readdirSync(join(train, 'red'))
  const broken = join(train, 'red', 'broken.png')
  writeFileSync(broken, readFileSync(join(train, 'red', picture!)).subarray(0, 500))
  const sources = { train, validation: colourFolder(4, 32, 500) }
  const first = await probe({ cache, batchSize: 8 }, { ...sources, onBadImage: 'skip' })
  const second = await probe({ cache, batchSize: 8 }, { ...sources, onBadImage: 'skip' })
  expect(second.encoded).toBe(0)
  expect(second.warnings).toEqual(first.warnings)
  expect(first.warnings).toEqual([expect.stringContaining('broken.png')])
  expect(outcome(second.run)).toEqual(outcome(first.run))
  await expect(probe({ cache, batchSize: 8 }, sources)).rejects.toMatchObject({ code: 'ERR_IMAGE_DECODE' })
})

it('augmented views are kept too, and epochs take them in turn', async () => {
  const cache = temporaryFolder()
  const views: LinearProbeOptions = { cache, views: 2, epochs: 4 }
  const first = await probe(views)
  expect(first.encoded).toBe(2 * pictures + heldOut)
  const second = await probe(views)
  expect(second.encoded).toBe(0)
  expect(outcome(second.run)).toEqual(outcome(first.run))
  expect((await probe({ ...views, augmentation: { flip: 0 } })).encoded).toBe(2 * pictures)
  expect((await probe({ ...views, views: 3 })).encoded).toBe(pictures)
  await expect(probe({ augmentation: { flip: 0 } })).rejects.toMatchObject({ code: 'ERR_CONFIG' })
})

it('where they cannot be kept the run goes on without, with a warning', async () => {
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, '')
  const { run, warnings } = await probe({ cache: join(file, 'cache') })
  expect(warnings[0]).toMatch(/^WARN_CACHE .*not kept/)
  expect(outcome(run)).toEqual(outcome(plain))
  const cache = temporaryFolder()
  process.env.IJEPA_FEATURE_CACHE_GB = '0.0001'
  try {
    const small = await probe({ cache })
    expect(small.warnings[0]).toMatch(/^WARN_CACHE .*room for 0.00 GB/)
    expect(partsOf(cache).map((path) => statSync(path).size < 1e5)).toEqual([true]) // validation fits
    expect(outcome(small.run)).toEqual(outcome(plain))
    process.env.IJEPA_FEATURE_CACHE_GB = 'many'
    await expect(probe({ cache })).rejects.toMatchObject({ code: 'ERR_CONFIG' })
  } finally {
    delete process.env.IJEPA_FEATURE_CACHE_GB
  }
})
