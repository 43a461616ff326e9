/** Probes by batch norm, by features that are chosen, by logistic regression and by neighbours, through the public API. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Classifier, Trainer, type LinearProbeOptions, type Run } from '../../lib'
import { Heads } from '../../lib/native'
import { colourFolder, noisyPixels, temporaryFolder } from '../pictures'
import { at, copyOf, goOn, outcome, quiet } from './runs'

const encoder = { architecture: { embedDim: 32, depth: 5, heads: 2 }, patchSize: 8, imageSize: 32 } as const
const picture = { data: noisyPixels([190, 70, 60], 32, 9), width: 32, height: 32, channels: 3 } as const
const data = { train: colourFolder(12, 32), validation: colourFolder(5, 32, 500) }
/** The same validation pictures, every one in the other class' folder. */
const permuted = { ...data, validation: withLabelsExchanged(data.validation) }
const directory = mkdtempSync(join(tmpdir(), 'ijepa-kinds-'))
const updates = { epochs: 6, batchSize: 8, learningRate: 1e-2, saveEvery: 1, ...quiet } as const
const kinds: Record<string, LinearProbeOptions> = {
  'batch norm': { ...updates, head: 'batchnorm-linear' },
  'plain batch norm by LARS': {
    ...updates,
    head: 'batchnorm-linear',
    batchNorm: 'plain',
    optimizer: 'lars',
    learningRate: 1,
  },
  'both and both': { ...updates, features: 'both', head: 'both', sweep: { learningRates: [1e-5, 1e-2] } },
  'standardised features of both': { ...updates, features: 'both' },
  'plain momentum': { ...updates, optimizer: 'sgd', nesterov: false },
  'logistic regression': { c: [1e-3, 1, 100], features: 'both', ...quiet },
  'standardised logistic regression': { c: [1], standardize: true, ...quiet },
  "MSN's for few labels": { preset: 'msn-lowshot', ...quiet },
  'normalised features': { ...updates, normalize: true },
  neighbours: { k: [1, 3, 50], ...quiet },
  'neighbours on four blocks': { k: [3], features: 'last4', standardize: true, ...quiet },
}
const runs = new Map<string, Run>()
let trainer: Trainer

function withLabelsExchanged(folder: string): string {
  const copy = temporaryFolder()
  cpSync(join(folder, 'blue'), join(copy, 'red'), { recursive: true })
  cpSync(join(folder, 'red'), join(copy, 'blue'), { recursive: true })
  return copy
}

beforeAll(async () => {
  trainer = await Trainer.create({ encoder, data, directory, threads: 2 })
  for (const [name, options] of Object.entries(kinds)) runs.set(name, await trainer.linearProbe(options))
}, 60_000)
afterAll(() => trainer.dispose())

interface Choice {
  readonly candidates: readonly { features: string; head: string; c?: number; k?: number }[]
  readonly chosen: number
}
const choiceOf = (run: Run) => run.config.choice as Choice | undefined

describe.each(Object.keys(kinds))('%s', (name) => {
  it('has a history with metrics, and is judged by what it saves', async () => {
    const run = runs.get(name)!
    for (const { train, validation } of run.history) {
      for (const { loss, top1 } of [train, validation!]) {
        expect(Number.isFinite(loss)).toBe(true)
        expect(top1).toBeGreaterThanOrEqual(0)
      }
    }
    expect(run.best.metrics.top1).toBeGreaterThan(0.6)
    const { data: report } = await trainer.evaluate(run, { split: 'validation', ...quiet })
    expect(report.runs).toMatchObject([{ scores: { top1: { value: run.best.metrics.top1 } } }])
  })

  it('gives a classifier that predicts, saves and checks itself', async () => {
    const classifier = await Classifier.load(runs.get(name)!.directory, { verify: true })
    const [best] = await classifier.predict(picture)
    expect(best).toMatchObject({ label: 'red' })
    const copy = temporaryFolder()
    await classifier.save(copy)
    const again = await Classifier.load(copy, { verify: true })
    expect(await again.predict(picture)).toEqual(await classifier.predict(picture))
    expect((await again.embed([picture])).map(({ length }) => length)).toEqual([32])
    await Promise.all([classifier.dispose(), again.dispose()])
  })

  it('is the same when it goes on from its last save but one', async () => {
    const run = runs.get(name)!
    const folder = copyOf(run.directory)
    rmSync(at(folder, 'last'), { recursive: true }) // its last epoch, or its one step, is made again
    rmSync(at(folder, 'best'), { recursive: true })
    const { run: again } = await goOn(folder)
    expect(outcome(again)).toEqual(outcome(run))
  })
})

it('a choice is among all kinds, and other validation labels change nothing of it', async () => {
  const other = await Trainer.create({ encoder, data: permuted, directory: temporaryFolder(), threads: 2 })
  for (const name of [
    'both and both',
    'standardised features of both',
    'logistic regression',
    'neighbours',
  ]) {
    const choice = choiceOf(runs.get(name)!)!
    expect(choiceOf(await other.linearProbe(kinds[name]))).toEqual(choice)
  }
  await other.dispose()
  expect(
    choiceOf(runs.get('both and both')!)!.candidates.map(({ features, head }) => [features, head]),
  ).toEqual(
    ['last', 'last4'].flatMap((features) =>
      ['linear', 'batchnorm-linear'].flatMap((head) => [
        [features, head],
        [features, head],
      ]),
    ),
  )
  expect(choiceOf(runs.get('neighbours')!)!.candidates.map(({ k }) => k)).toEqual([1, 3, 50])
  expect(choiceOf(runs.get('neighbours on four blocks')!)).toBeUndefined()
})

it('what was chosen alone gives the same run', async () => {
  const run = runs.get('both and both')!
  const { candidates, chosen } = choiceOf(run)!
  const { features, head, learningRate, weightDecay } = candidates[
    chosen
  ] as unknown as Required<LinearProbeOptions>
  const alone = await trainer.linearProbe({
    ...updates,
    features,
    head,
    learningRate,
    weightDecay,
    standardize: false,
  })
  const losses = ({ history }: Run) => history.map(({ train }) => train.loss)
  losses(alone).forEach((loss, i) => expect(loss).toBeCloseTo(losses(run)[i]!, 4))
})

it('a head behind batch norm that is stopped between two updates ends as if it never was', async () => {
  const options = { ...kinds['batch norm']!, logEvery: 2 }
  const untouched = await trainer.linearProbe(options)
  const stopping = new AbortController()
  const { step } = Heads.prototype
  let made = -1 // the first one is the dry run's
  const spy = jest.spyOn(Heads.prototype, 'step').mockImplementation(async function (this: Heads, ...given) {
    await step.apply(this, given)
    if (++made === 7) stopping.abort(new Error('stopped'))
  })
  const second = await Trainer.create({ encoder, data, directory: temporaryFolder(), threads: 2 })
  let folder = ''
  const onEvent = (event: { type: string; directory?: string }) => {
    if (event.type === 'start') folder = event.directory!
  }
  await expect(second.linearProbe({ ...options, signal: stopping.signal, onEvent })).rejects.toThrow(
    'stopped',
  )
  await second.dispose()
  spy.mockRestore()
  const { run } = await goOn(folder)
  const { files: _, ...found } = outcome(run)
  expect(outcome(untouched)).toMatchObject(found)
})

it("what MSN's classifier does to features is in it, and Python is told so", async () => {
  const best = at(runs.get("MSN's for few labels")!.directory, 'best')
  const config = JSON.parse(readFileSync(join(best, 'config.json'), 'utf8')) as Record<string, unknown>
  expect(config).toMatchObject({
    model_type: 'ijepa_classify_normalized',
    ijepa_classify: { normalize: true },
  })
  const card = readFileSync(join(best, 'README.md'), 'utf8')
  expect(card).toContain("each image's own mean taken off and length 1")
  expect(card).toContain('refuses the folder')
  const classifier = await Classifier.load(best)
  expect((await classifier.explain(picture, { label: 'red' })).weights).toHaveLength(16)
  await classifier.dispose()
})

it('neighbours are a file of their own, which the model card tells of and damage is found in', async () => {
  const best = at(runs.get('neighbours')!.directory, 'best')
  expect(existsSync(join(best, 'neighbors.safetensors'))).toBe(true)
  const config = JSON.parse(readFileSync(join(best, 'config.json'), 'utf8')) as Record<string, unknown>
  expect(config).toMatchObject({
    model_type: 'ijepa_classify_neighbors',
    ijepa_classify: { head: 'neighbors' },
  })
  const card = readFileSync(join(best, 'README.md'), 'utf8')
  expect(card).toContain('refuses the folder')
  expect(card).toContain('weighted votes of the')
  const copy = temporaryFolder()
  cpSync(best, copy, { recursive: true })
  truncateSync(join(copy, 'neighbors.safetensors'), 100)
  await expect(Classifier.load(copy)).rejects.toMatchObject({ code: 'ERR_CHECKPOINT_FORMAT' })
})

it('neighbours cannot be explained', async () => {
  const classifier = await runs.get('neighbours')!.classifier()
  await expect(classifier.explain(picture)).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' })
  await classifier.dispose()
})

it('the report shows every kind that was tried', async () => {
  const chosen = ['both and both', 'logistic regression', 'neighbours'].map((name) => runs.get(name)!)
  const report = await trainer.evaluate(chosen, { split: 'validation', ...quiet })
  const page = (await report.toHtml()).replaceAll('\u00a0', ' ')
  expect(page).toContain('tried 2 pairs of learning rate and weight decay for each of 4 kinds of head on')
  expect(page).toContain('batch norm and linear on the last four blocks')
  expect(page).toContain('tried 3 values of C for each of 2 kinds of head on')
  expect(page).toContain('tried 3 numbers of neighbours on')
})

it('auto says why it holds nothing out where groups keep classes together', async () => {
  const grouped = await Trainer.create({
    encoder,
    data: { ...data, groupBy: '^(blue|red)' },
    directory: temporaryFolder(),
    threads: 2,
  })
  const { config } = await grouped.linearProbe({ ...quiet })
  expect(config.recipe).toMatchObject({
    head: 'logistic',
    sweep: null,
    presetReasons: { c: expect.stringMatching(/no class has training pictures of two groups/) as string },
  })
  await grouped.dispose()
})
