/** A head on the last four blocks through the public API, and heads that Hugging Face's class has no form for. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Classifier, Trainer, type Run } from '../../lib'
import { colourFolder, noisyPixels, temporaryFolder } from '../pictures'
import { at, quiet } from './runs'

const encoder = { architecture: { embedDim: 32, depth: 5, heads: 2 }, patchSize: 8, imageSize: 32 } as const
const picture = { data: noisyPixels([190, 70, 60], 32, 9), width: 32, height: 32, channels: 3 } as const
const recipe = { epochs: 10, batchSize: 8, learningRate: 1e-2, ...quiet } as const
let trainer: Trainer
let run: Run
const directory = mkdtempSync(join(tmpdir(), 'ijepa-last4-'))

beforeAll(async () => {
  trainer = await Trainer.create({ encoder, data: { train: colourFolder(12, 32) }, directory, threads: 2 })
  run = await trainer.linearProbe({ ...recipe, features: 'last4' })
})
afterAll(() => trainer.dispose())

const configOf = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as Record<string, unknown>

it('is trained, evaluated, loaded, used and saved', async () => {
  expect(run.config.recipe).toMatchObject({ features: 'last4' })
  const { data } = await trainer.evaluate(run, { split: 'validation', ...quiet })
  expect(data.runs).toMatchObject([{ scores: { top1: { value: run.best.metrics.top1 } } }])
  const classifier = await Classifier.load(run.directory, { verify: true })
  const [best] = await classifier.predict(picture)
  expect(best).toMatchObject({ label: 'red' })
  expect((await classifier.embed([picture])).map(({ length }) => length)).toEqual([32])
  const copy = temporaryFolder()
  await classifier.save(copy)
  const again = await Classifier.load(copy, { verify: true })
  expect(await again.predict(picture)).toEqual(await classifier.predict(picture))
  await Promise.all([classifier.dispose(), again.dispose()])
})

it("says what it is under a type of its own, which Hugging Face's class refuses", () => {
  const config = configOf(at(run.directory, 'best'))
  expect(config).toMatchObject({ model_type: 'ijepa_classify_last4', ijepa_classify: { features: 'last4' } })
  expect(readFileSync(at(run.directory, 'best', 'README.md'), 'utf8')).toContain('refuses the folder')
})

it('gives its encoder to another run', async () => {
  const next = await Trainer.create({
    encoder: run.directory,
    data: { train: colourFolder(12, 32) },
    directory,
    threads: 2,
  })
  const tuned = await next.finetune({ ...recipe, epochs: 1 })
  expect(configOf(at(tuned.directory, 'best')).model_type).toBe('ijepa')
  await next.dispose()
})

it('of a kind that is not known is refused, as is a head of another width', async () => {
  const copy = temporaryFolder()
  const classifier = await run.classifier()
  await classifier.save(copy)
  await classifier.dispose()
  const config = configOf(copy)
  const rewrite = (features: unknown) => {
    const changed = { ...config, ijepa_classify: { ...(config.ijepa_classify as object), features } }
    writeFileSync(join(copy, 'config.json'), JSON.stringify(changed))
  }
  const mismatch = { code: 'ERR_CHECKPOINT_MISMATCH' }
  rewrite('last9')
  await expect(Classifier.load(copy)).rejects.toMatchObject({
    ...mismatch,
    message: expect.stringContaining('last9') as string,
  })
  rewrite('last')
  await expect(Classifier.load(copy)).rejects.toMatchObject({
    ...mismatch,
    message: expect.stringContaining('head.weight [2, 128], expected [2, 32]') as string,
  })
})

it('needs four blocks', async () => {
  const shallow = { ...encoder, architecture: { ...encoder.architecture, depth: 3 } }
  const small = await Trainer.create({ encoder: shallow, data: { train: colourFolder(4, 32) }, directory })
  await expect(small.linearProbe({ features: 'last4', ...quiet })).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    message: expect.stringContaining("'last' with an encoder of 3 blocks") as string,
  })
  await small.dispose()
})

it("a classifier that pools before the norm, as MAE's, loads too", async () => {
  const tuned = await trainer.finetune({ ...recipe, epochs: 1, pooling: 'mean_then_norm' })
  const classifier = await Classifier.load(tuned.directory, { verify: true })
  expect(await classifier.predict(picture)).toHaveLength(2)
  await classifier.dispose()
})
