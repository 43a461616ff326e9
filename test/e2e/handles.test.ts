/** Handles: many calls at once, aborts, disposal in the middle of work, streams. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Classifier, Trainer, type ImageInput, type Prediction, type Run } from '../../lib'
import { Session } from '../../lib/native'
import { colourFolder, noisyPixels, png, temporaryFolder, tinyEncoder } from '../pictures'

const train = colourFolder(24, 32)
const quiet = { progress: 'none' } as const
const recipe = { epochs: 2, batchSize: 8, learningRate: 3e-3, warmupEpochs: 0, ...quiet }
const red = join(train, 'red', '3.png')
let run: Run
let classifier: Classifier

const makeTrainer = () =>
  Trainer.create({
    encoder: tinyEncoder,
    data: { train, validation: 'none' },
    directory: temporaryFolder(),
    threads: 2,
  })

beforeAll(async () => {
  const trainer = await makeTrainer()
  run = await trainer.finetune(recipe)
  await trainer.dispose()
  classifier = await run.classifier()
})
afterAll(() => classifier.dispose())
afterEach(() => {
  jest.restoreAllMocks()
})

function picture(seed: number): { data: Uint8Array; width: number; height: number; channels: 3 } {
  const data = noisyPixels([190 - 5 * (seed % 26), 70, 60 + 5 * (seed % 26)], 32, seed)
  return { data, width: 32, height: 32, channels: 3 }
}

/** The same picture as a path, as bytes or as pixels. */
function form(seed: number): ImageInput {
  if (seed % 3 === 0) return join(train, seed % 2 ? 'red' : 'blue', `${seed % 24}.png`)
  return seed % 3 === 1 ? png(picture(seed).data, 32, 32) : picture(seed)
}

const probabilities = (predictions: readonly Prediction[]) =>
  [...predictions].sort((a, b) => a.index - b.index).map(({ probability }) => probability)

function expectEqual(found: readonly Prediction[], expected: readonly Prediction[]): void {
  probabilities(found).forEach((value, i) => {
    expect(Math.abs(value - (probabilities(expected)[i] ?? NaN))).toBeLessThanOrEqual(1e-5)
  })
}

/** Counts the native batches that had pictures in them. */
function countBatches(): () => Promise<number> {
  const { results } = jest.spyOn(Session.prototype, 'predict').mock
  return async () => {
    const ended = await Promise.allSettled(
      results.map(({ value }) => value as ReturnType<Session['predict']>),
    )
    return ended.filter((one) => one.status === 'fulfilled' && one.value.samples.length > 0).length
  }
}

describe('200 predictions at once', () => {
  it('are answered rightly and in order, merged into batches, a bad picture failing its own call alone', async () => {
    const alone: Prediction[][] = []
    for (let i = 0; i < 200; i++) alone.push(await classifier.predict(form(i)))
    const batches = countBatches()
    const order: number[] = []
    const reason = new Error('enough')
    const calls = Array.from({ length: 200 }, async (_, i) => {
      try {
        if (i % 40 === 7) return await classifier.predict(Buffer.from('no picture'))
        if (i % 40 === 17) return await classifier.predict(join(train, 'none.png'))
        if (i % 40 === 27) return await classifier.predict(form(i), { signal: AbortSignal.abort(reason) })
        if (i % 10 === 5) return (await classifier.predict([form(i), form(i + 1), form(i + 2)]))[0] ?? []
        return await classifier.predict(form(i))
      } finally {
        order.push(i)
      }
    })
    const results = await Promise.allSettled(calls)
    results.forEach((result, i) => {
      if (result.status === 'fulfilled') return expectEqual(result.value, alone[i] ?? [])
      if (i % 40 === 7)
        return expect(result.reason).toHaveProperty('code', expect.stringMatching('ERR_IMAGE'))
      if (i % 40 === 17) return expect(result.reason).toMatchObject({ code: 'ERR_FILE' })
      expect(i % 40).toBe(27)
      return expect(result.reason).toBe(reason)
    })
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(15)
    const waited = order.filter((i) => i % 40 !== 27)
    expect(waited).toEqual([...waited].sort((a, b) => a - b))
    expect(await batches()).toBeLessThan(30) // of 220 pictures; a file that is missing halves its batch until it is alone
  })

  it('take a batch for each 32, with one signal for all and no warning of a leak', async () => {
    const warnings: Error[] = []
    const listen = (warning: Error) => warnings.push(warning)
    process.on('warning', listen)
    const batches = countBatches()
    const { signal } = new AbortController()
    await Promise.all(Array.from({ length: 200 }, (_, i) => classifier.predict(picture(i), { signal })))
    expect(await batches()).toBe(7)
    await new Promise(setImmediate)
    process.removeListener('warning', listen)
    expect(warnings).toEqual([])
  })

  it('reject at once when aborted, wherever they wait, and leave the others theirs', async () => {
    const expected = await classifier.predict(picture(1))
    const abort = new AbortController()
    const reason = new Error('enough')
    const settled: string[] = []
    const calls = Array.from({ length: 200 }, async (_, i) => {
      const signal = i % 2 ? abort.signal : undefined
      const call = classifier.predict(picture(1), signal ? { signal } : {})
      const result = await call.catch((error: unknown) => error)
      settled.push(signal ? 'aborted' : 'answered')
      return result
    })
    setImmediate(() => {
      abort.abort(reason)
    })
    const results = await Promise.all(calls)
    results.forEach((result, i) => {
      if (i % 2) expect(result).toBe(reason)
      else expectEqual(result as Prediction[], expected)
    })
    expect(settled.lastIndexOf('aborted')).toBeLessThan(100 + 32)
  })

  it('merge no features with logits, and a save waits its turn and is not cut short by an abort', async () => {
    const abort = new AbortController()
    const many = Array.from({ length: 400 }, (_, i) => picture(i))
    const folder = temporaryFolder()
    const aborted = classifier.predict(many, { signal: abort.signal })
    const calls = [
      classifier.save(folder),
      classifier.embed([picture(1), picture(2)]),
      classifier.predict(picture(1)),
    ] as const
    setImmediate(() => {
      abort.abort()
    })
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' })
    const [, features, predictions] = await Promise.all(calls)
    expect(features.map(({ length }) => length)).toEqual([32, 32])
    const saved = await Classifier.load(folder, { verify: true })
    expectEqual(await saved.predict(picture(1)), predictions)
    await saved.dispose()
  })
})

describe('dispose', () => {
  it('of a classifier answers what was asked before, and refuses all after', async () => {
    const other = await run.classifier()
    const expected = await other.predict(picture(1))
    const calls = Array.from({ length: 100 }, () => other.predict(picture(1)))
    const disposal = other.dispose()
    const refused = other.predict(picture(1))
    await expect(refused).rejects.toMatchObject({ code: 'ERR_DISPOSED' })
    await disposal
    for (const found of await Promise.all(calls)) expectEqual(found, expected)
    await other.dispose()
    const gone = { code: 'ERR_DISPOSED' }
    await expect(other.predict([])).rejects.toMatchObject(gone)
    await expect(other.embed([picture(1)])).rejects.toMatchObject(gone)
    await expect(other.save(temporaryFolder())).rejects.toMatchObject(gone)
    await expect(collect(other.predictStream([]))).rejects.toMatchObject(gone)
  })

  it('of a classifier in the middle of a stream ends it with ERR_DISPOSED after what was asked', async () => {
    const other = await run.classifier()
    let taken = 0
    const stream = (async () => {
      for await (const _ of other.predictStream(endless())) if (++taken === 40) void other.dispose()
    })()
    await expect(stream).rejects.toMatchObject({ code: 'ERR_DISPOSED' })
    expect(taken).toBeGreaterThanOrEqual(40)
    expect(taken).toBeLessThan(200)
  })

  it('of a trainer ends its run, whose state is on disk then and goes on from there', async () => {
    const trainer = await makeTrainer()
    let directory = ''
    let steps = 0
    const running = trainer.finetune({
      ...recipe,
      epochs: 1000,
      onEvent: (event) => {
        if (event.type === 'start') directory = event.directory
        if (event.type === 'step') steps = event.step
      },
    })
    while (steps < 3) await new Promise((resolve) => setTimeout(resolve, 5))
    await trainer.dispose()
    await expect(running).rejects.toMatchObject({ code: 'ERR_DISPOSED' })
    const { step } = savedState(directory)
    expect(step).toBeGreaterThanOrEqual(steps)
    const abort = new AbortController()
    const first: number[] = []
    const resumed = Trainer.resume(directory, {
      ...quiet,
      signal: abort.signal,
      onEvent: (event) => {
        if (event.type !== 'step') return
        first.push(event.step)
        abort.abort()
      },
    })
    await expect(resumed).rejects.toMatchObject({ name: 'AbortError' })
    expect(first[0]).toBe(step + 1)
    const gone = { code: 'ERR_DISPOSED' }
    await expect(trainer.finetune(recipe)).rejects.toMatchObject(gone)
    await expect(trainer.linearProbe(quiet)).rejects.toMatchObject(gone)
    await expect(trainer.evaluate(run, quiet)).rejects.toMatchObject(gone)
  })

  it('of a trainer ends an evaluation', async () => {
    const { trainer } = await Trainer.open(run.directory)
    const evaluation = trainer.evaluate(run, {
      ...quiet,
      split: train,
      onEvent: () => {
        void trainer.dispose()
      },
    })
    await expect(evaluation).rejects.toMatchObject({ code: 'ERR_DISPOSED' })
    await trainer.dispose()
  })

  it('is what a block with await using calls', async () => {
    const other = await run.classifier()
    await other[Symbol.asyncDispose]()
    await expect(other.predict(picture(1))).rejects.toMatchObject({ code: 'ERR_DISPOSED' })
  })
})

describe('one trainer', () => {
  it('does one job at a time, and the next after it, or after its abort', async () => {
    const trainer = await makeTrainer()
    const abort = new AbortController()
    let started!: () => void
    const begun = new Promise<void>((resolve) => (started = resolve))
    const onEvent = ({ type }: { type: string }) => {
      if (type === 'step') started()
    }
    const running = trainer.finetune({ ...recipe, epochs: 1000, signal: abort.signal, onEvent })
    const busy = { code: 'ERR_BUSY' }
    await expect(trainer.linearProbe(quiet)).rejects.toMatchObject(busy)
    await begun
    await expect(trainer.finetune(recipe)).rejects.toMatchObject(busy)
    await expect(trainer.evaluate(run, quiet)).rejects.toMatchObject(busy)
    abort.abort()
    await expect(running).rejects.toMatchObject({ name: 'AbortError' })
    const next = await trainer.finetune({ ...recipe, epochs: 1 })
    expect(next.history).toHaveLength(1)
    await trainer.dispose()
  })

  it('gives up loading when its signal aborts', async () => {
    const reason = new Error('enough')
    await expect(Classifier.load(run.directory, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const abort = new AbortController()
    const loading = Classifier.load(run.directory, { signal: abort.signal })
    abort.abort(reason)
    await expect(loading).rejects.toBe(reason)
  })
})

describe('an abort in the middle of a step that takes seconds', () => {
  it('is answered within a second, the last whole step is on disk then, and the run goes on from there', async () => {
    const trainer = await Trainer.create({
      encoder: { architecture: 'vit_small', patchSize: 16, imageSize: 224 },
      data: { train, validation: 'none' },
      directory: temporaryFolder(),
      threads: 2,
    })
    const abort = new AbortController()
    const reason = new Error('enough')
    let directory = ''
    let seconds = NaN
    let aborted = NaN
    const running = trainer.finetune({
      ...{ ...recipe, epochs: 1, batchSize: 16, precision: 'fp32', signal: abort.signal },
      onEvent: (event) => {
        if (event.type === 'start') directory = event.directory
        if (event.type !== 'step') return
        seconds = 16 / event.imagesPerSecond
        setTimeout(() => {
          aborted = performance.now()
          abort.abort(reason)
        }, 500 * seconds)
      },
    })
    await expect(running).rejects.toBe(reason)
    const milliseconds = performance.now() - aborted
    console.log(`one step takes ${seconds.toFixed(1)} s here, the abort ${milliseconds.toFixed(0)} ms`)
    expect(milliseconds).toBeLessThan(1000)
    await trainer.dispose()
    expect(savedState(directory)).toMatchObject({ step: 1, stepInEpoch: 1 })
    const steps: number[] = []
    const resumed = await Trainer.resume(directory, {
      ...{ ...quiet, exact: true },
      onEvent: (event) => {
        if (event.type === 'step') steps.push(event.step)
      },
    })
    expect(steps).toEqual([2, 3])
    expect(resumed.history).toHaveLength(1)
  }, 240_000)
})

describe('predictStream', () => {
  it('gives what predict gives, in order, of either kind of iterable', async () => {
    const images = Array.from({ length: 100 }, (_, i) => form(i))
    const expected = await classifier.predict(images)
    async function* slowly() {
      for (const [i, image] of images.entries()) {
        if (i % 30 === 0) await new Promise((resolve) => setTimeout(resolve, 2))
        yield image
      }
    }
    for (const source of [images, slowly()]) {
      const found = await collect(classifier.predictStream(source, { topK: 1, batchSize: 16 }))
      expect(found).toHaveLength(100)
      found.forEach((predictions, i) => {
        expect(predictions).toHaveLength(1)
        const [best] = expected[i] ?? []
        expect(predictions[0]?.probability).toBeCloseTo(best?.probability ?? NaN, 5)
      })
    }
  })

  it('reads two batches ahead at most, in whole batches, and closes its source at a break', async () => {
    const log = { read: 0, closed: false }
    const batches = countBatches()
    let taken = 0
    for await (const _ of classifier.predictStream(endless(log), { batchSize: 8 })) {
      expect(log.read).toBeLessThanOrEqual(taken + 17)
      if (++taken === 100) break
    }
    expect(log.closed).toBe(true)
    expect(await batches()).toBeLessThanOrEqual(100 / 4)
  })

  it('throws a bad picture in its place, a source’s error after the predictions before it', async () => {
    const good = Array.from({ length: 50 }, (_, i) => picture(i))
    const withBad: ImageInput[] = [...good, Buffer.from('no picture'), ...good]
    const error = new Error('of the source')
    async function* broken() {
      yield* good
      throw error
    }
    for (const [source, expected] of [
      [withBad, { code: expect.stringMatching('ERR_IMAGE') as string }],
      [broken(), error],
    ] as const) {
      const seen: Prediction[][] = []
      const stream = (async () => {
        for await (const predictions of classifier.predictStream(source)) seen.push(predictions)
      })()
      await expect(stream).rejects.toMatchObject(expected)
      expect(seen).toHaveLength(50)
    }
  })

  it('ends with the reason of an abort', async () => {
    const abort = new AbortController()
    const log = { read: 0, closed: false }
    const reason = new Error('enough')
    let taken = 0
    const stream = (async () => {
      for await (const _ of classifier.predictStream(endless(log), { signal: abort.signal }))
        if (++taken === 50) abort.abort(reason)
    })()
    await expect(stream).rejects.toBe(reason)
    expect(taken).toBe(50)
    expect(log.closed).toBe(true)
  })

  it.each([
    ['a path', red],
    ['bytes', readFileSync(red)],
    ['a picture', picture(1)],
    ['nothing', undefined],
  ])('refuses %s in the place of an iterable', async (_, images) => {
    const stream = classifier.predictStream(images as unknown as ImageInput[])
    await expect(collect(stream)).rejects.toMatchObject({ code: 'ERR_ARGUMENT' })
  })
})

describe('npm run check:soak', () => {
  it('finds nothing amiss in a fiftieth of its counts', () => {
    const script = join(__dirname, '../../scripts/check-soak.mjs')
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--divide', '50'], {
      encoding: 'utf8',
    })
    expect({ status, stderr, ...(status === 0 ? {} : { stdout }) }).toEqual({ status: 0, stderr: '' })
    expect(stdout.match(/^ok /gm)).toHaveLength(6)
  }, 120_000)
})

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const one of stream) all.push(one)
  return all
}

async function* endless(log = { read: 0, closed: false }) {
  try {
    for (;;) yield picture(log.read++)
  } finally {
    log.closed = true
  }
}

function savedState(directory: string): { step: number; stepInEpoch: number } {
  const file = join(directory, 'checkpoints', 'last', 'state.json')
  expect(existsSync(file)).toBe(true)
  return JSON.parse(readFileSync(file, 'utf8'))
}
