/** The temperature of a run: fitted on held-out pictures, kept through saving, loading and going on, used when asked for. */
import { cpSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Classifier, type Trainer, type LinearProbeOptions, type Run } from '../../lib'
import type { EvaluationReport } from '../../lib/report'
import { colourFolder, temporaryFolder } from '../pictures'
import { at, finetuning, goOn, makeTrainer, outcome, probing, quiet, stop, type Pictures } from './runs'

/** Every third label is wrong: no classifier can be right throughout, and none should be sure. */
function doubtfulFolder(perClass: number, firstSeed?: number): string {
  const folder = colourFolder(perClass, 32, firstSeed)
  const at = (name: string, i: number) => join(folder, name, `${i}.png`)
  for (let i = 0; i < perClass; i += 3) {
    renameSync(at('red', i), join(folder, 'kept.png'))
    renameSync(at('blue', i), at('red', i))
    renameSync(join(folder, 'kept.png'), at('blue', i))
  }
  return folder
}

const data: Pictures = { train: doubtfulFolder(16), validation: doubtfulFolder(16, 500) }
const learning = { epochs: 3 }

let trainer: Trainer
let run: Run
beforeAll(async () => {
  trainer = await makeTrainer(data)
  run = await trainer.finetune({ ...finetuning, ...learning })
})
afterAll(() => trainer.dispose())

interface Kept {
  readonly ijepa_classify: { temperature?: { value: number; samples: number; fittedOn: string } }
}
const keptIn = (folder: string) =>
  (JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as Kept).ijepa_classify.temperature

/** The logarithm of the odds of the first class. */
async function odds(classifier: Classifier, calibrated: boolean): Promise<number> {
  const [first, second] = await classifier.predict(join(data.validation, 'red', '1.png'), { calibrated })
  return Math.log(first!.probability / second!.probability)
}

it('divides the logits, is in the model card, and is the same after saving and loading', async () => {
  const kept = keptIn(at(run.directory, 'best'))!
  expect(kept).toEqual({ value: expect.any(Number) as number, samples: 32, fittedOn: 'validation' })
  const card = readFileSync(at(run.directory, 'best', 'README.md'), 'utf8')
  expect(card).toContain(`(logits / ${kept.value.toPrecision(6)}).softmax(-1)`)
  const folder = temporaryFolder()
  const classifier = await run.classifier()
  await classifier.save(folder)
  expect(keptIn(folder)).toEqual(kept)
  const again = await Classifier.load(folder)
  for (const one of [classifier, again]) {
    expect((await odds(one, true)) * kept.value).toBeCloseTo(await odds(one, false), 3)
    await one.dispose()
  }
})

it.each<[string, LinearProbeOptions]>([
  ['heads', { ...probing, sweep: { learningRates: [1e-2, 1e-3] } }],
  ['logistic regressions', { ...quiet, c: [0.01, 1] }],
  ['neighbours', { ...quiet, k: [5, 9] }],
])('is fitted on the training pictures that chose among %s', async (_, options) => {
  const probe = await trainer.linearProbe(options)
  const kept = keptIn(at(probe.directory, 'best'))!
  const { judgedOn } = probe.config.choice as { judgedOn: number }
  expect(kept).toEqual({ value: expect.any(Number) as number, samples: judgedOn, fittedOn: 'train' })
})

it('is judged as it is on pictures that it was not fitted on, else each half by that of the other', async () => {
  const chosen = await trainer.linearProbe({
    ...probing,
    sweep: { learningRates: [1e-2], select: { fraction: 0.5 } },
  })
  const plain = await trainer.linearProbe({ ...probing, learningRate: 1e-2 })
  const judged = async (split: string) => {
    const { data: report } = (await trainer.evaluate([chosen, plain], {
      ...quiet,
      split,
    })) as EvaluationReport
    return report.runs.map(({ calibrated }) => calibrated)
  }
  const value = keptIn(at(plain.directory, 'best'))!.value
  const [first, second] = await judged('validation')
  expect(first).toMatchObject({ fittedOn: 'train', judgedBy: 'stored' })
  expect(second).toMatchObject({
    fittedOn: 'validation',
    fittedImages: 32,
    judgedBy: 'halves',
    temperature: value,
  })
  expect((await judged(data.train))[1]).toMatchObject({ judgedBy: 'stored', temperature: value })
})

it('goes on bit-equal after a stop', async () => {
  const resumed = await goOn(await stop(data, 5, learning))
  expect(outcome(resumed.run)).toEqual(outcome(run))
  expect(keptIn(at(resumed.run.directory, 'last'))).toEqual(keptIn(at(run.directory, 'last')))
})

it('is asked for in vain where there is none, and refused where it is no number', async () => {
  const folder = temporaryFolder()
  cpSync(at(run.directory, 'best'), folder, { recursive: true })
  const file = join(folder, 'config.json')
  const write = (temperature: unknown) => {
    const config = JSON.parse(readFileSync(file, 'utf8')) as Kept
    const own = { ...config.ijepa_classify, temperature }
    writeFileSync(file, JSON.stringify({ ...config, ijepa_classify: own }))
  }
  write(undefined)
  const without = await Classifier.load(folder)
  await expect(odds(without, true)).rejects.toMatchObject({
    code: 'ERR_UNSUPPORTED',
    message: expect.stringContaining('Train it again with a validation set') as string,
  })
  await without.dispose()
  for (const wrong of [null, 'x', { value: 0, samples: 3, fittedOn: 'train' }, { value: 2, samples: 3 }]) {
    write(wrong)
    await expect(Classifier.load(folder)).rejects.toMatchObject({ code: 'ERR_CHECKPOINT_FORMAT' })
  }
})
