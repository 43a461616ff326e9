/** Attentive probes through the public API: tokens encoded once, runs that go on, classifiers that are used, saved and loaded. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Classifier, Trainer, type LinearProbeOptions, type Run, type TrainEvent } from '../../lib'
import { openCheckpoint, readSafetensors } from '../../lib/checkpoint'
import { IjepaError } from '../../lib/errors'
import { Session } from '../../lib/native'
import { noisyPixels, temporaryFolder, tinyEncoder } from '../pictures'
import { at, copyOf, goOn, makePictures, makeTrainer, outcome, probing, quiet, type Pictures } from './runs'

const options: LinearProbeOptions = { ...probing, head: 'attentive', weightDecay: 0.01, clipGradient: 1 }
const picture = { data: noisyPixels([190, 70, 60], 32, 9), width: 32, height: 32, channels: 3 } as const

let data: Pictures
let whole: Run

async function probe(changes: LinearProbeOptions = {}): Promise<{ run: Run; events: TrainEvent[] }> {
  const trainer = await makeTrainer(data)
  const events: TrainEvent[] = []
  try {
    const run = await trainer.linearProbe({
      ...options,
      ...changes,
      onEvent: (event) => void events.push(event),
    })
    return { run, events }
  } finally {
    await trainer.dispose()
  }
}

/** Calls of Session's methods while `work` runs. */
async function counted<T>(work: () => Promise<T>) {
  const spies = {
    created: jest.spyOn(Session.prototype, 'createTokens'),
    onTokens: jest.spyOn(Session.prototype, 'trainStepOnTokens'),
    onPictures: jest.spyOn(Session.prototype, 'trainStep'),
    predicted: jest.spyOn(Session.prototype, 'predictOnTokens'),
  }
  const result = await work()
  const counts = Object.fromEntries(Object.entries(spies).map(([name, spy]) => [name, spy.mock.calls.length]))
  for (const spy of Object.values(spies)) spy.mockRestore()
  return { result, counts }
}

const lossesOf = (run: Run) => run.history.map(({ train, validation }) => [train.loss, validation!.loss])

beforeAll(async () => {
  data = makePictures()
  const { result, counts } = await counted(() => probe())
  whole = result.run
  // Training's tokens and validation's; one update and one prediction more are the dry run's.
  expect(counts).toEqual({ created: 2, onTokens: 4 * 3 + 1, onPictures: 0, predicted: 4 + 1 })
}, 60_000)

it('learns, says what it is, and leaves no tokens in its folder', () => {
  const losses = lossesOf(whole)
  expect(losses.at(-1)![0]).toBeLessThan(losses[0]![0]!)
  expect(whole.kind).toBe('linear-probe')
  expect(whole.config.recipe).toMatchObject({ head: 'attentive', pooling: 'vjepa_attentive' })
  expect(existsSync(join(whole.directory, 'frozen'))).toBe(false)
})

it('leaves the encoder as it was', async () => {
  const trainer = await Trainer.create({ encoder: whole.directory, data, directory: temporaryFolder() })
  const again = await trainer.linearProbe({ ...options, epochs: 1 })
  const encoders = await Promise.all(
    [whole, again].map(async ({ directory }) => {
      const { tensors } = await readSafetensors(at(directory, 'best', 'model.safetensors'))
      return [...tensors].flatMap(([name, { range }]) => {
        if (!name.startsWith('ijepa.')) return []
        const bytes = readFileSync(range.file).subarray(range.offset, range.offset + range.length)
        return [[name, bytes.toString('base64')]]
      })
    }),
  )
  expect(encoders[0]!.length).toBeGreaterThan(20)
  expect(encoders[1]).toEqual(encoders[0])
  await trainer.dispose()
})

it.each<LinearProbeOptions>([
  { attention: 'vjepa' },
  { attention: 'capi', optimizer: 'sgd', learningRate: 0.1 },
])('is evaluated, loaded, used and saved: %j', async (changes) => {
  const wide = { architecture: { embedDim: 64, depth: 2, heads: 2 }, patchSize: 8, imageSize: 32, seed: 3 }
  const trainer = await Trainer.create({ encoder: wide, data, directory: temporaryFolder(), threads: 2 })
  const run = await trainer.linearProbe({ ...options, epochs: 8, ...changes })
  const { data: report } = await trainer.evaluate(run, { split: 'validation', ...quiet })
  expect(report.runs).toMatchObject([{ scores: { top1: { value: run.best.metrics.top1 } } }])
  const classifier = await Classifier.load(run.directory, { verify: true })
  const [best] = await classifier.predict(picture)
  expect(best).toMatchObject({ label: 'red' })
  expect((await classifier.embed([picture])).map(({ length }) => length)).toEqual([64])
  const copy = temporaryFolder()
  await classifier.save(copy)
  const again = await Classifier.load(copy, { verify: true })
  expect(await again.predict(picture)).toEqual(await classifier.predict(picture))
  await Promise.all([classifier.dispose(), again.dispose(), trainer.dispose()])
})

it("is saved under a type of its own, which Hugging Face's class refuses", () => {
  const config = JSON.parse(readFileSync(at(whole.directory, 'best', 'config.json'), 'utf8')) as object
  expect(config).toMatchObject({
    model_type: 'ijepa_classify_attentive',
    ijepa_classify: { pooling: 'vjepa_attentive' },
  })
  const card = readFileSync(at(whole.directory, 'best', 'README.md'), 'utf8')
  expect(card).toContain("An attentive pooler (V-JEPA's form)")
  expect(card).toContain('refuses the folder')
})

it('of an unknown form, or without a part of its pooler, is refused', async () => {
  const copy = temporaryFolder()
  const classifier = await whole.classifier()
  await classifier.save(copy)
  await classifier.dispose()
  const path = join(copy, 'config.json')
  const config = JSON.parse(readFileSync(path, 'utf8')) as { ijepa_classify: object }
  const refused = async (pooling: string, words: string) => {
    const changed = { ...config, ijepa_classify: { ...config.ijepa_classify, pooling } }
    writeFileSync(path, JSON.stringify(changed))
    await expect(openCheckpoint(copy)).rejects.toMatchObject({
      code: 'ERR_CHECKPOINT_MISMATCH',
      message: expect.stringContaining(words) as string,
    })
  }
  await refused('another_attentive', 'another_attentive')
  await refused('capi_attentive', 'unexpected: pooler.cross_attention_block.')
})

it('trains alike without tokens: where they cannot be written, or must not be', async () => {
  const create = jest.spyOn(Session.prototype, 'createTokens').mockImplementation(function (path: string) {
    return Promise.reject(new IjepaError('ERR_FILE', `Cannot write '${path}': no space left`, { file: path }))
  })
  const { run, events } = await probe({ cache: temporaryFolder() })
  create.mockRestore()
  const codes = events.flatMap((event) => (event.type === 'warning' ? [event.code] : []))
  // Neither in the cache nor in the run's folder.
  expect(codes.filter((code) => code === 'WARN_CACHE')).toHaveLength(2)
  const { result, counts } = await counted(() => probe({ cache: false }))
  expect(counts).toMatchObject({ created: 0, onTokens: 0, predicted: 0 })
  for (const other of [run, result.run]) {
    lossesOf(other).forEach((losses, epoch) => {
      losses.forEach((loss, i) => expect(loss).toBeCloseTo(lossesOf(whole)[epoch]![i]!, 5))
    })
  }
})

it('keeps each of several views, and none where pictures are drawn ever anew', async () => {
  const views = await counted(() => probe({ views: 2, cache: temporaryFolder() }))
  expect(views.counts).toMatchObject({ created: 3, onTokens: 13 })
  const anew = await counted(() => probe({ augmentation: { flip: 0.5 }, cache: temporaryFolder() }))
  expect(anew.counts).toMatchObject({ created: 1, onTokens: 0, onPictures: 13, predicted: 5 })
  expect(lossesOf(anew.result.run)).not.toEqual(lossesOf(whole))
})

it.each([
  ['in the first epoch', 2, 0],
  ['in the midst of a later one', 8, 0],
])('ends bit-equal when it was stopped %s, with the tokens that it had', async (_, step, made) => {
  const trainer = await makeTrainer(data)
  const stopping = new AbortController()
  let directory = ''
  const onEvent = (event: TrainEvent): void => {
    if (event.type === 'start') directory = event.directory
    if (event.type === 'step' && event.step === step) stopping.abort(new Error('stopped'))
  }
  const cache = temporaryFolder()
  const stopped = trainer.linearProbe({ ...options, cache, signal: stopping.signal, onEvent })
  await expect(stopped).rejects.toThrow('stopped')
  await trainer.dispose()
  expect(readdirSync(cache).filter((name) => /^[0-9a-f]{32}$/.test(name))).toHaveLength(2)
  const { result, counts } = await counted(() => goOn(copyOf(directory)))
  expect(counts.created).toBe(made)
  expect(result.warnings).toEqual([])
  expect(outcome(result.run)).toEqual(outcome(whole))
})

it("refuses capi's form for a width that 64 does not divide", async () => {
  expect(tinyEncoder.architecture.embedDim % 64).not.toBe(0)
  await expect(probe({ attention: 'capi' })).rejects.toMatchObject({ code: 'ERR_CONFIG' })
})
