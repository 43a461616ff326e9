/** Recipes through the public API: mixed pictures, large batches in parts, weighted classes; stopped and gone on with. */
import type { FinetuneOptions } from '../../lib'
import { finetuning, goOn, makePictures, makeTrainer, outcome, quiet, stop, type Pictures } from './runs'

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

it('weights of classes that there are none of are refused before anything is written', async () => {
  const trainer = await makeTrainer(data)
  await expect(trainer.finetune({ ...finetuning, classWeights: { green: 2 } })).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    message: expect.stringContaining("'green'") as string,
  })
  await trainer.dispose()
})
