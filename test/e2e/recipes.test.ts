/** Recipes through the public API: mixed pictures, large batches in parts, weighted classes; stopped and gone on with. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  Classifier,
  Trainer,
  type FinetuneOptions,
  type Prediction,
  type Run,
  type Sample,
  type TrainEvent,
} from '../../lib'
import { readSafetensors } from '../../lib/checkpoint'
import type { EvaluationReport } from '../../lib/report'
import { noisyPixels, png, temporaryFolder, tinyEncoder } from '../pictures'
import {
  at,
  finetuning,
  goOn,
  makePictures,
  makeTrainer,
  outcome,
  probing,
  quiet,
  stop,
  type Pictures,
} from './runs'

let data: Pictures

beforeAll(() => {
  data = makePictures()
})

async function finetune(options: FinetuneOptions) {
  const trainer = await makeTrainer(data)
  const run = await trainer.finetune({ ...finetuning, ...options })
  await trainer.dispose()
  return run
}

const mixing: FinetuneOptions = { mixup: 0.8, cutmix: 1, labelSmoothing: 0.1 }

describe('a large batch in parts', () => {
  it('is the run of the large batch, mixed too', async () => {
    const whole = await finetune({ ...mixing, batchSize: 8 })
    const parts = await finetune({ ...mixing, batchSize: 2, gradientAccumulation: 4 })
    expect(parts.history).toHaveLength(whole.history.length)
    for (const [index, { train }] of parts.history.entries()) {
      expect(Math.abs(train.loss - whole.history[index]!.train.loss)).toBeLessThan(1e-4)
    }
  })

  it('of a probe, too', async () => {
    const probe = async (batchSize: number, gradientAccumulation: number) => {
      const trainer = await makeTrainer(data)
      const run = await trainer.linearProbe({
        ...quiet,
        epochs: 5,
        batchSize,
        gradientAccumulation,
        learningRate: 1e-2,
      })
      await trainer.dispose()
      return run.history.map(({ train }) => train.loss)
    }
    const [whole, parts] = [await probe(12, 1), await probe(4, 3)]
    parts.forEach((loss, index) => {
      expect(Math.abs(loss - whole[index]!)).toBeLessThan(1e-4)
    })
  })
})

describe('every recipe', () => {
  it.each<[string, FinetuneOptions]>([
    ['mixup and cutmix', mixing],
    ['binary cross-entropy of mixed pictures', { ...mixing, loss: 'binary-cross-entropy' }],
    ['weighted classes', { classWeights: { red: 3 } }],
    ['averaged weights', { ...mixing, ema: 0.9 }],
    ['SGD', { optimizer: 'sgd', learningRate: 0.05, weightDecayEnd: 1e-3 }],
    ['LARS', { optimizer: 'lars', learningRate: 2 }],
    ['fp16', { ...mixing, precision: 'fp16', ema: 0.9 }],
    ['gradient accumulation', { ...mixing, batchSize: 3, gradientAccumulation: 2 }],
  ])('%s: stopped in the midst of an epoch it goes on bit-equal', async (_, options) => {
    const whole = await finetune(options)
    const { run } = await goOn(await stop(data, 7, options))
    expect(outcome(run)).toEqual(outcome(whole))
  })

  it('learns', async () => {
    for (const options of [mixing, { loss: 'binary-cross-entropy' } as const]) {
      const { best } = await finetune({ ...options, epochs: 8 })
      expect(best.metrics.top1).toBe(1)
    }
  })
})

describe('averaged weights', () => {
  it('are the model, are evaluated beside the raw ones, and change nothing of what trains', async () => {
    const options = { epochs: 3, ema: 0.95 }
    const averaged = await finetune(options)
    const plain = await finetune({ epochs: 3 })
    for (const [index, { validation, train }] of averaged.history.entries()) {
      const expected = plain.history[index]!
      expect(train).toEqual(expected.train)
      expect(validation).toMatchObject({
        rawLoss: expected.validation?.loss,
        rawTop1: expected.validation?.top1,
      })
      expect(validation?.loss).not.toBe(validation?.rawLoss)
    }
    const model = (run: Run) => readFileSync(at(run.directory, 'last', 'model.safetensors'))
    expect(model(averaged).equals(model(plain))).toBe(false)
    const { tensors } = await readSafetensors(at(averaged.directory, 'last', 'state.safetensors'))
    expect([...tensors.keys()]).toEqual(
      expect.arrayContaining(['head.weight', 'blocks.1.mlp.fc2.bias', 'ema.step']),
    )
    expect([...tensors.keys()].some((name) => name.startsWith('ema.average'))).toBe(false)
  })
})

it('the best epoch is that of the metric that was named', async () => {
  const run = await finetune({ epochs: 3, bestBy: 'mcc' })
  const values = run.history.map(({ validation }) => validation?.mcc ?? NaN)
  expect(run.best.metrics.mcc).toBe(Math.max(...values))
  const { trainer } = await Trainer.open(run.directory)
  const report = await trainer.evaluate(run, quiet)
  await trainer.dispose()
  expect(report.data.concerns).toEqual(
    expect.arrayContaining([
      expect.stringContaining('also chose the best epoch (by Matthews correlation): the numbers'),
    ]),
  )
})

it('a classifier predicts in fp16 nearly as in fp32', async () => {
  const run = await finetune({ epochs: 2, precision: 'fp16' })
  const picture = join(data.validation, 'red', '0.png')
  const probabilities: number[] = []
  for (const precision of ['fp32', 'fp16'] as const) {
    const classifier = await Classifier.load(run.directory, { precision })
    probabilities.push((await classifier.predict(picture))[0]!.probability)
    await classifier.dispose()
  }
  expect(probabilities[1]).not.toBe(probabilities[0])
  expect(Math.abs(probabilities[1]! - probabilities[0]!)).toBeLessThan(0.01)
})

it('a probe trains with LARS and SGD', async () => {
  const trainer = await makeTrainer(data)
  for (const [optimizer, learningRate] of [
    ['lars', 20],
    ['sgd', 0.1],
  ] as const) {
    const run = await trainer.linearProbe({ ...quiet, epochs: 20, batchSize: 12, optimizer, learningRate })
    expect(run.history.at(-1)!.train.loss).toBeLessThan(0.8 * run.history[0]!.train.loss)
  }
  await trainer.dispose()
})

it('weights of classes that there are none of are refused before anything is written', async () => {
  const trainer = await makeTrainer(data)
  await expect(trainer.finetune({ ...finetuning, classWeights: { green: 2 } })).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    message: expect.stringContaining("'green'") as string,
  })
  await trainer.dispose()
})

describe('pictures with several labels', () => {
  /** Stripes of one colour or of both: 'blue', 'red', or the two; and 'striped' wherever there are two. */
  function samples(count: number, firstSeed: number): Sample[] {
    const folder = temporaryFolder()
    const blue = [60, 80, 190] as const
    const red = [190, 70, 60] as const
    return Array.from({ length: count }, (_, i) => {
      const kinds = [['blue'], ['red'], ['blue', 'red', 'striped']][i % 3]!
      const colours = kinds.includes('blue') ? (kinds.includes('red') ? [blue, red] : [blue]) : [red]
      const halves = colours.map((colour) => noisyPixels(colour, 32, firstSeed + i))
      const size = halves[0]!.length / halves.length
      const pixels = Buffer.concat(halves.map((half) => half.subarray(0, size)))
      const image = join(folder, `${i}.png`)
      writeFileSync(image, png(pixels, 32, 32))
      return { image, label: kinds }
    })
  }
  const options = {
    ...quiet,
    epochs: 8,
    batchSize: 6,
    learningRate: 3e-3,
    warmupEpochs: 0,
    precision: 'fp32',
  } as const
  let trainer: Trainer
  let run: Run
  const train = samples(36, 0)
  const held = samples(12, 900)
  const create = () =>
    Trainer.create({
      encoder: tinyEncoder,
      data: { train, validation: held },
      directory: temporaryFolder(),
      threads: 2,
    })

  beforeAll(async () => {
    trainer = await create()
    const crop = { scale: [0.9, 1] } as const // a smaller part may show one colour alone
    run = await trainer.finetune({ ...options, epochs: 25, mixup: 0.2, ema: 0.5, augmentation: { crop } })
  }, 60_000)

  afterAll(() => trainer.dispose())

  it('train by binary cross-entropy; mAP and F1 stand in place of top-1, and choose the best epoch', () => {
    expect(run.config).toMatchObject({ recipe: { loss: 'binary-cross-entropy' } })
    expect(run.best.metrics.mAP).toBeGreaterThan(0.95)
    expect(run.best.metrics).toMatchObject({
      f1: expect.any(Number) as number,
      rawMAP: expect.any(Number) as number,
    })
    for (const { train, validation } of run.history) {
      expect(train.top1).toBeUndefined()
      expect(validation?.top1).toBeUndefined()
      expect(validation?.mAP).toBeLessThanOrEqual(run.best.metrics.mAP!)
    }
  }, 180_000)

  it('are predicted class by class, by a classifier that Python knows as one of several labels', async () => {
    const config = JSON.parse(readFileSync(at(run.directory, 'best', 'config.json'), 'utf8')) as object
    expect(config).toMatchObject({ problem_type: 'multi_label_classification' })
    const classifier = await run.classifier()
    const [single, both] = await classifier.predict([held[0]!.image, held[2]!.image])
    await classifier.dispose()
    const likely = (found: readonly Prediction[] = []) =>
      found.filter(({ probability }) => probability > 0.5).map(({ label }) => label)
    expect(likely(single)).toEqual(['blue'])
    expect(likely(both).sort()).toEqual(['blue', 'red', 'striped'])
  })

  it('are probed too', async () => {
    const probe = await trainer.linearProbe({ ...options, epochs: 30, learningRate: 1e-2 })
    expect(probe.best.metrics.mAP).toBeGreaterThan(0.9)
    expect(probe.history.at(-1)!.train.loss).toBeLessThan(probe.history[0]!.train.loss)
  })

  it('go on bit-equal after a stop', async () => {
    const stopping = new AbortController()
    let directory = ''
    const recipe = { ...options, epochs: 3, mixup: 0.2, ema: 0.5 }
    const whole = await trainer.finetune(recipe)
    const onEvent = (event: TrainEvent): void => {
      if (event.type === 'start') directory = event.directory
      if (event.type === 'step' && event.step === 8) stopping.abort(new Error('stopped'))
    }
    const stopped = await create()
    await expect(stopped.finetune({ ...recipe, signal: stopping.signal, onEvent })).rejects.toThrow('stopped')
    await stopped.dispose()
    const { run: resumed } = await goOn(directory)
    expect(outcome(resumed)).toEqual(outcome(whole))
  })

  it('are evaluated class by class, at the threshold that is given', async () => {
    const { data } = (await trainer.evaluate(run, { ...quiet, threshold: 0.4 })) as EvaluationReport
    const [judged] = data.runs
    const { mAP, f1, loss } = run.best.metrics
    expect(judged!.scores.mAP!.value).toBeCloseTo(mAP!, 6)
    expect(judged!.scores.loss!.value).toBeCloseTo(loss, 5)
    expect(data.evaluation.labels).toEqual({ threshold: 0.4, perImage: 5 / 3, withoutLabels: 0 })
    expect(judged!.perClass.map(({ samples }) => samples)).toEqual([8, 8, 4])
    expect(judged!.views?.map(({ labels }) => labels!.length)).toEqual(expect.arrayContaining([1]))
    expect(data.concerns.join()).toContain('chose the best epoch (by mAP)')
    const whole = (await trainer.evaluate(run, quiet)) as EvaluationReport
    expect(whole.data.runs[0]!.scores.f1!.value).toBeCloseTo(f1!, 6)
  })

  it('are evaluated on pictures of one label too; a threshold has no sense for runs of one label', async () => {
    const split = held.slice(0, 2).map(({ image, label }) => ({ image, label: label[0]! }))
    const { data } = (await trainer.evaluate(run, { ...quiet, split })) as EvaluationReport
    expect(data.evaluation.labels).toMatchObject({ perImage: 1 })
    const single = await makeTrainer(makePictures())
    const probe = await single.linearProbe(probing)
    const judged = single.evaluate(probe, { ...quiet, threshold: 0.5 })
    await expect(judged).rejects.toMatchObject({ code: 'ERR_CONFIG' })
    const several = single.evaluate(probe, { ...quiet, split: [{ image: held[0]!.image, label: ['red'] }] })
    await expect(several).rejects.toMatchObject({ code: 'ERR_DATASET' })
    await single.dispose()
  })
})
