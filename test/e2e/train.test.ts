import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Classifier, Trainer, type TrainEvent } from '../../lib'
import { Session } from '../../lib/native'
import { colourFolder, noisyPixels, png, temporaryFolder, tinyEncoder } from '../pictures'

const train = colourFolder(24, 32)
const validation = colourFolder(8, 32, 500)
const quiet = { progress: 'none' } as const
const recipe = { epochs: 4, batchSize: 8, learningRate: 3e-3, warmupEpochs: 0, ...quiet }

async function makeTrainer(seed = 0): Promise<Trainer> {
  return Trainer.create({
    encoder: tinyEncoder,
    data: { train, validation },
    directory: temporaryFolder(),
    threads: 2,
    seed,
  })
}

const weights = (directory: string, which = 'last') =>
  readFileSync(join(directory, 'checkpoints', which, 'model.safetensors'))

const withoutTimes = (history: readonly TrainEvent[]) => history.map((event) => ({ ...event, seconds: 0 }))

describe('training', () => {
  it('fine-tunes two colours to perfect accuracy and leaves a run folder that explains itself', async () => {
    const trainer = await makeTrainer()
    const run = await trainer.finetune(recipe)
    await trainer.dispose()
    expect(run.history).toHaveLength(4)
    expect(run.best.metrics.top1).toBe(1)
    expect(run.history.at(-1)?.train.top1).toBeGreaterThan(0.95)
    const files = [
      'config.json',
      'metrics.jsonl',
      'checkpoints/best/model.safetensors',
      'checkpoints/last/state.json',
    ]
    for (const file of files) expect(existsSync(join(run.directory, file))).toBe(true)
    const steps = readFileSync(join(run.directory, 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as TrainEvent)
    expect(steps.filter(({ type }) => type === 'step')).toHaveLength(4 * 6)
    expect(steps.filter(({ type }) => type === 'epoch')).toHaveLength(4)
  })

  it('probes with the encoder unchanged', async () => {
    const trainer = await makeTrainer()
    const run = await trainer.linearProbe({ epochs: 20, batchSize: 16, learningRate: 1e-2, ...quiet })
    await trainer.dispose()
    expect(run.best.metrics.top1).toBe(1)
    expect(run.best.epoch).toBe(19)
  })

  it('gives equal predictions for a path, its bytes and its raw pixels, one or many', async () => {
    const trainer = await makeTrainer()
    const run = await trainer.finetune(recipe)
    await trainer.dispose()
    const classifier = await run.classifier()
    const data = noisyPixels([190, 70, 60], 32, 77)
    const path = join(train, 'red', '3.png')
    const [fromPath] = await classifier.predict([path])
    expect(await classifier.predict(path)).toEqual(fromPath)
    expect(await classifier.predict(readFileSync(path))).toEqual(fromPath)
    const raw = await classifier.predict({ data, width: 32, height: 32, channels: 3 })
    expect(await classifier.predict(png(data, 32, 32))).toEqual(raw)
    expect(raw[0]?.label).toBe('red')
    expect(raw.map(({ probability }) => probability).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6)
    const many = await Promise.all(Array.from({ length: 50 }, () => classifier.predict(path)))
    for (const one of many) expect(one[0]?.probability).toBeCloseTo(fromPath?.[0]?.probability ?? NaN, 5)
    await classifier.dispose()
  })

  it('saves a classifier that loads back with equal logits', async () => {
    const trainer = await makeTrainer()
    const run = await trainer.linearProbe({ epochs: 5, batchSize: 16, learningRate: 1e-2, ...quiet })
    await trainer.dispose()
    const classifier = await run.classifier()
    const folder = temporaryFolder()
    await classifier.save(folder)
    const again = await Classifier.load(folder)
    const path = join(validation, 'blue', '0.png')
    expect(await again.predict(path)).toEqual(await classifier.predict(path))
    expect(again.classes).toEqual(['blue', 'red'])
    await again.dispose()
    await classifier.dispose()
  })

  it('trains the same weights from the same seed, others from another', async () => {
    const [a, b, c] = await Promise.all([0, 0, 1].map(makeTrainer))
    const first = await a!.finetune(recipe)
    const second = await b!.finetune(recipe)
    const third = await c!.finetune(recipe)
    expect(weights(first.directory).equals(weights(second.directory))).toBe(true)
    expect(weights(first.directory).equals(weights(third.directory))).toBe(false)
    expect(withoutTimes(first.history)).toEqual(withoutTimes(second.history))
  })

  it('leaves frozen blocks as they were', async () => {
    const trainer = await makeTrainer()
    const stages: string[][] = []
    let shown: unknown
    const run = await trainer.finetune({
      ...recipe,
      freeze: [
        { from: 0, train: ['head'] },
        { from: 2, train: ['head', 'blocks.-1..'] },
      ],
      onEvent: (event) => {
        if (event.type === 'stage') stages.push([...event.trainable])
        if (event.type === 'start') shown = event.config.freezing
      },
    })
    await trainer.dispose()
    expect(stages).toHaveLength(2)
    expect(stages[0]).toEqual(['head.weight', 'head.bias'])
    expect(stages[1]).toContain('blocks.1.attn.qkv.weight')
    expect(stages[1]).not.toContain('blocks.0.attn.qkv.weight')
    expect(run.history).toHaveLength(4)
    expect(shown).toContain('block 1      ··██')
    expect(run.config.freezing).toEqual(shown)
  })

  it('warms up what a stage begins with, beside what trained before', async () => {
    const { trainStep } = Session.prototype
    const scales: number[][] = []
    const configure = jest.spyOn(Session.prototype, 'configureTraining')
    jest.spyOn(Session.prototype, 'trainStep').mockImplementation(async function (this: Session, ...given) {
      const { groups } = configure.mock.lastCall![0]
      const scaleOf = (name: string) =>
        groups.find(({ names }) => names.includes(name))?.learningRateScale ?? NaN
      scales.push(['head.weight', 'blocks.1.mlp.fc1.weight'].map(scaleOf))
      return trainStep.apply(this, given)
    })
    const trainer = await makeTrainer()
    const stages = [
      { from: 0, train: ['head'] },
      { from: 1, train: ['head', 'blocks.-1..'] },
    ]
    await trainer.finetune({ ...recipe, epochs: 3, warmupEpochs: 1, layerDecay: 1, freeze: stages })
    await trainer.dispose()
    jest.restoreAllMocks()
    const perEpoch = (scales.length - 1) / 3 // the first is the dry run's
    const after = scales.slice(1 + perEpoch)
    expect(after.map(([head]) => head)).toEqual(after.map(() => 1))
    const ramp = after.map((_, update) => Math.min(1, update / perEpoch))
    after.forEach(([, block], update) => expect(block).toBeCloseTo(ramp[update]!, 12))
  })

  it('with checkpointing trains the same weights', async () => {
    const [plain, checkpointed] = await Promise.all([0, 0].map(makeTrainer))
    const options = { ...recipe, dropPath: 0.2 }
    const first = await plain!.finetune(options)
    const second = await checkpointed!.finetune({ ...options, checkpointing: true })
    expect(weights(first.directory).equals(weights(second.directory))).toBe(true)
    await Promise.all([plain!.dispose(), checkpointed!.dispose()])
  })
})

describe('resume', () => {
  it.each(['finetune', 'linearProbe'] as const)(
    'of an aborted %s ends bit-equal to an uninterrupted run',
    async (kind) => {
      const whole = await makeTrainer()
      const expected = await whole[kind](recipe)
      await whole.dispose()
      const trainer = await makeTrainer()
      const abort = new AbortController()
      const reason = new Error('enough')
      let directory = ''
      const run = trainer[kind]({
        ...recipe,
        signal: abort.signal,
        onEvent: (event) => {
          if (event.type === 'start') directory = event.directory
          if (event.type === 'step' && event.step === 8) abort.abort(reason)
        },
      })
      await expect(run).rejects.toBe(reason)
      await trainer.dispose()
      const resumed = await Trainer.resume(directory, { ...quiet, exact: true })
      expect(withoutTimes(resumed.history)).toEqual(withoutTimes(expected.history))
      expect(weights(resumed.directory).equals(weights(expected.directory))).toBe(true)
      const again = await Trainer.resume(directory, quiet)
      expect(again.best).toEqual(resumed.best)
    },
  )
})

describe('the promise of a run', () => {
  it('gives its events to a loop, the done event last', async () => {
    const trainer = await makeTrainer()
    const run = trainer.finetune({ ...recipe, epochs: 1 })
    const types: string[] = []
    for await (const event of run) types.push(event.type)
    expect(types[0]).toBe('start')
    expect(types.at(-1)).toBe('done')
    expect((await run).kind).toBe('finetune')
    await trainer.dispose()
  })

  it('goes on when the loop breaks, and throws into a loop when it fails', async () => {
    const trainer = await makeTrainer()
    const run = trainer.finetune({ ...recipe, epochs: 1 })
    for await (const event of run) if (event.type === 'step') break
    expect((await run).history).toHaveLength(1)
    const failing = trainer.finetune({ ...recipe, signal: AbortSignal.timeout(1) })
    await expect(
      (async () => {
        for await (const event of failing) void event
      })(),
    ).rejects.toMatchObject({ name: 'TimeoutError' })
    await trainer.dispose()
  })

  it('ends with the error that a listener throws', async () => {
    const trainer = await makeTrainer()
    const error = new Error('from the listener')
    const run = trainer.finetune({
      ...recipe,
      onEvent: () => {
        throw error
      },
    })
    await expect(run).rejects.toBe(error)
    await trainer.dispose()
  })
})

describe('misuse', () => {
  it('is refused with a code', async () => {
    const trainer = await makeTrainer()
    await expect(trainer.finetune({ learningrat: 1 } as object)).rejects.toMatchObject({ code: 'ERR_CONFIG' })
    const running = trainer.finetune({ ...recipe, epochs: 1 })
    await expect(trainer.linearProbe(quiet)).rejects.toMatchObject({ code: 'ERR_BUSY' })
    const run = await running
    await trainer.dispose()
    await trainer.dispose()
    await expect(trainer.finetune(recipe)).rejects.toMatchObject({ code: 'ERR_DISPOSED' })
    const classifier = await run.classifier()
    await expect(classifier.predict('no/such/file.png')).rejects.toMatchObject({ code: 'ERR_FILE' })
    await expect(classifier.predict(Buffer.from('not a picture'))).rejects.toMatchObject({
      code: expect.stringMatching('ERR_IMAGE') as string,
    })
    await classifier.dispose()
    await expect(classifier.predict(join(train, 'red', '0.png'))).rejects.toMatchObject({
      code: 'ERR_DISPOSED',
    })
    await expect(Classifier.load('no/such/folder')).rejects.toMatchObject({ code: 'ERR_FILE' })
    await expect(Trainer.resume('no/such/run', quiet)).rejects.toMatchObject({ code: 'ERR_FILE' })
  })
})
