/** Tokens that are kept for later attentive probes: to the bit, with the labels of now, damaged, cleared meanwhile, or without room. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Trainer, type LinearProbeOptions, type Run, type TrainEvent } from '../../lib'
import { Session } from '../../lib/native'
import { FeatureCache } from '../../lib/train/feature-cache'
import { temporaryFolder, tinyEncoder } from '../pictures'
import { flipBit, makePictures, outcome, probing, quiet } from './runs'

const options: LinearProbeOptions = { ...probing, head: 'attentive', weightDecay: 0.01, clipGradient: 1 }
const data = makePictures()

interface Probed {
  readonly run: Run
  /** Files of tokens that were written. */
  readonly written: number
  readonly warnings: string[]
}

async function probe(
  changes: LinearProbeOptions,
  { sources = data, hear }: { sources?: object; hear?: (event: TrainEvent) => void } = {},
): Promise<Probed> {
  const trainer = await Trainer.create({
    encoder: tinyEncoder,
    data: { ...data, ...sources },
    directory: temporaryFolder(),
    threads: 2,
  })
  const create = jest.spyOn(Session.prototype, 'createTokens')
  const warnings: string[] = []
  const onEvent = (event: TrainEvent): void => {
    if (event.type === 'warning') warnings.push(`${event.code} ${event.message}`)
    hear?.(event)
  }
  try {
    const run = await trainer.linearProbe({ ...options, ...changes, ...quiet, onEvent })
    return { run, written: create.mock.calls.length, warnings }
  } finally {
    create.mockRestore()
    await trainer.dispose()
  }
}

const filesOf = (cache: string): string[] =>
  readdirSync(cache, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.features'))
    .map((name) => join(cache, name))

const shared = temporaryFolder()
let first: Probed
beforeAll(async () => {
  first = await probe({ cache: shared })
}, 60_000)

it('a second probe encodes nothing, and is the same to the bit; the cache lists them', async () => {
  expect(first).toMatchObject({ written: 2, warnings: [] })
  const second = await probe({ cache: shared })
  expect(second).toMatchObject({ written: 0, warnings: [] })
  expect(outcome(second.run)).toEqual(outcome(first.run))
  const entries = await new FeatureCache(shared).list()
  expect(entries.map(({ bytes }) => bytes > 10_000)).toEqual([true, true])
})

it('another form of pooler, batch or rate takes the same, another precision its own', async () => {
  expect(await probe({ cache: shared, batchSize: 6, learningRate: 1e-2 })).toMatchObject({ written: 0 })
  expect(await probe({ cache: shared, precision: 'bf16' })).toMatchObject({ written: 2 })
})

it('a damaged file alone is made anew, with a warning', async () => {
  const cache = temporaryFolder()
  await probe({ cache })
  flipBit(filesOf(cache)[0]!)
  const { run, written, warnings } = await probe({ cache })
  expect(written).toBe(1)
  expect(warnings).toEqual([expect.stringMatching(/^WARN_CACHE .*part-00000.features.* damaged/)])
  expect(outcome(run)).toEqual(outcome(first.run))
  expect(await probe({ cache })).toMatchObject({ written: 0, warnings: [] })
})

it('what another process clears in the midst is made anew where it is needed again', async () => {
  const cache = temporaryFolder()
  const hear = (event: TrainEvent): void => {
    if (event.type === 'step' && event.epoch === 1) for (const file of filesOf(cache)) rmSync(file)
  }
  const { run, written, warnings } = await probe({ cache, logEvery: 1 }, { hear })
  expect(warnings).toEqual([])
  expect(written).toBeGreaterThan(2)
  expect(outcome(run)).toEqual(outcome(first.run))
})

it('the labels are those of now, not those that the tokens were written with', async () => {
  const folder = data.train
  const pictures = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.png'),
  )
  const manifest = (label: (name: string, row: number) => string): object => {
    const file = join(folder, `labels-${Math.random()}.csv`)
    writeFileSync(
      file,
      ['image,label', ...pictures.sort().map((name, row) => `${name},${label(name, row)}`), ''].join('\n'),
    )
    return { train: file, validation: 'none' }
  }
  const asTheyAre = manifest((name) => name.split('/')[0]!)
  const inTurn = manifest((_, row) => (row % 2 === 0 ? 'blue' : 'red'))
  const cache = temporaryFolder()
  const own = await probe({ cache }, { sources: asTheyAre })
  const kept = await probe({ cache }, { sources: inTurn })
  expect([own.written, kept.written]).toEqual([1, 0])
  const anew = await probe({ cache: temporaryFolder() }, { sources: inTurn })
  expect(outcome(kept.run)).toEqual(outcome(anew.run))
  expect(kept.run.history[0]!.train.loss).not.toBe(own.run.history[0]!.train.loss)
})

it('where the limit leaves too little room they lie in the run while it goes on, with a warning', async () => {
  process.env.IJEPA_FEATURE_CACHE_GB = '0.00001'
  try {
    const cache = temporaryFolder()
    let kept: string[] = []
    let directory = ''
    const hear = (event: TrainEvent): void => {
      if (event.type === 'start') ({ directory } = event)
      if (event.type === 'epoch' && event.epoch === 1) kept = readdirSync(join(directory, 'frozen'))
    }
    const { run, warnings } = await probe({ cache }, { hear })
    expect(warnings).toEqual([expect.stringMatching(/^WARN_CACHE These tokens take .* for this run alone$/)])
    expect(kept).toHaveLength(2)
    expect(existsSync(join(directory, 'frozen'))).toBe(false)
    expect(existsSync(cache) ? filesOf(cache) : []).toEqual([])
    expect(outcome(run)).toEqual(outcome(first.run))
  } finally {
    delete process.env.IJEPA_FEATURE_CACHE_GB
  }
})

it('pictures that could not be read are remembered with them', async () => {
  const { train } = makePictures()
  const [picture] = readdirSync(join(train, 'red'))
  const whole = readFileSync(join(train, 'red', picture!))
  writeFileSync(join(train, 'red', 'broken.png'), whole.subarray(0, whole.length / 2))
  const cache = temporaryFolder()
  const sources = { train, onBadImage: 'skip' }
  const [one, two] = [await probe({ cache }, { sources }), await probe({ cache }, { sources })]
  expect([one.written, two.written]).toEqual([2, 0])
  expect(one.warnings).toEqual([expect.stringContaining('broken.png')])
  expect(two.warnings).toEqual(one.warnings)
  expect(outcome(two.run)).toEqual(outcome(one.run))
})
