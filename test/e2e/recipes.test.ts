/** Recipes through the public API: mixed pictures, large batches in parts, weighted classes; stopped and gone on with. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Classifier, type FinetuneOptions, type Run } from '../../lib'
import { readSafetensors } from '../../lib/checkpoint'
import { at, finetuning, goOn, makePictures, makeTrainer, outcome, quiet, stop, type Pictures } from './runs'

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
