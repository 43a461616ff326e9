/** One recipe over several seeds and over folds: ordinary runs, and one report of them. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import Ajv2020 from 'ajv/dist/2020'
import { Trainer, type Run, type TrainEvent } from '../../lib'
import type { ReportDocument } from '../../lib/report'
import { colourFolder, temporaryFolder, tinyEncoder } from '../pictures'
import { outcome, quiet } from './runs'

const train = colourFolder(9, 32)
const validation = colourFolder(4, 32, 500)
const recipe = {
  epochs: 2,
  batchSize: 4,
  learningRate: 1e-3,
  warmupEpochs: 0,
  precision: 'fp32',
  ...quiet,
} as const
const schema = JSON.parse(
  readFileSync(join(__dirname, '../../lib/report/report.schema.json'), 'utf8'),
) as object
const fitsSchema = new Ajv2020({ strict: false }).compile(schema)

const make = (directory = temporaryFolder(), data: object = { train, validation }) =>
  Trainer.create({ encoder: tinyEncoder, data: data as { train: string }, directory, threads: 2 })

const repetitionOf = (run: Run) => run.config.repetition as Record<string, unknown>

describe('over seeds', () => {
  let trainer: Trainer
  let runs: readonly Run[]
  let directory: string
  const events: TrainEvent[] = []

  beforeAll(async () => {
    directory = temporaryFolder()
    trainer = await make(directory)
    runs = await trainer.repeat(
      'finetune',
      { ...recipe, onEvent: (event) => events.push(event) },
      { seeds: 3 },
    )
  })
  afterAll(() => trainer.dispose())

  it('trains the recipe with the seed and those after it, the first as a run by itself, in a folder of their own', async () => {
    expect(readdirSync(directory)).toEqual(['finetune-seeds'])
    expect(runs.map((run) => basename(run.directory))).toEqual([
      'finetune-seed-1',
      'finetune-seed-2',
      'finetune-seed-3',
    ])
    expect(runs.map((run) => repetitionOf(run).seed)).toEqual([0, 1, 2])
    const alone = await make()
    const { last, best, history } = outcome(await alone.finetune(recipe))
    await alone.dispose()
    expect(outcome(runs[0]!)).toMatchObject({ last, best, history })
    expect(outcome(runs[1]!).last).not.toBe(last)
    expect(runs[1]!.config.dataFingerprint).toBe(runs[0]!.config.dataFingerprint)
  })

  it('gives the events of all of them', () => {
    expect(events.filter(({ type }) => type === 'start')).toHaveLength(3)
    expect(events.filter(({ type }) => type === 'epoch')).toHaveLength(6)
    expect(events.filter(({ type }) => type === 'done')).toHaveLength(3)
  })

  it('makes one report with mean and deviation', async () => {
    const report = await trainer.evaluate(runs, quiet)
    const data = report.data as ReportDocument
    const [group] = data.repetitions!
    expect(group).toMatchObject({ over: 'seeds', name: 'finetune-seeds', of: 3 })
    const losses = data.runs.map(({ scores }) => scores.nll!.value)
    const mean = (losses[0]! + losses[1]! + losses[2]!) / 3
    expect(group!.scores.nll!.mean).toBeCloseTo(mean, 12)
    const squares = losses.reduce((sum, loss) => sum + (loss - mean) ** 2, 0)
    expect(group!.scores.nll!.deviation).toBeCloseTo(Math.sqrt(squares / 2), 12)
    expect(group!.scores.nll!.deviation).toBeGreaterThan(0)
    expect(data.runs.map(({ seed }) => seed)).toEqual([0, 1, 2])
    expect(data.comparisons).toEqual([])
    expect(fitsSchema(JSON.parse(JSON.stringify(data)))).toBe(true)
    const page = await report.toHtml()
    expect(page).toMatch(/finetune-seeds: Top-1 [\d.]+\s% ± [\d.]+ \(mean and deviation over 3 seeds\)/)
    expect(page).toContain('id="repetitions"')
    expect(data.concerns.join()).not.toContain('trained once')
    expect(await report.toMarkdown()).toContain('## finetune-seeds')
  })

  it('never overwrites runs, and resumes one of them by its folder alone', async () => {
    const stopping = new AbortController()
    const begun: string[] = []
    const onEvent = (event: TrainEvent): void => {
      if (event.type === 'start') begun.push(event.directory)
      if (event.type === 'step' && begun.length === 2 && event.step === 3)
        stopping.abort(new Error('stopped'))
    }
    const again = trainer.repeat('finetune', { ...recipe, signal: stopping.signal, onEvent }, { seeds: 3 })
    await expect(trainer.finetune(recipe)).rejects.toMatchObject({ code: 'ERR_BUSY' })
    await expect(again).rejects.toThrow('stopped')
    await trainer.dispose()
    expect(readdirSync(directory).sort()).toEqual(['finetune-seeds', 'finetune-seeds-2'])
    expect(begun.map((path) => basename(path))).toEqual(['finetune-seed-1', 'finetune-seed-2'])
    const whole = await Trainer.open(begun[0]!)
    expect(outcome(whole.run).last).toBe(outcome(runs[0]!).last)
    await whole.trainer.dispose()
    const resumed = await Trainer.resume(begun[1]!, { ...quiet, exact: true })
    expect(outcome(resumed)).toEqual({ ...outcome(runs[1]!), files: expect.anything() as unknown })
    trainer = await make(directory)
  })
})

describe('over folds', () => {
  let trainer: Trainer
  let runs: readonly Run[]

  beforeAll(async () => {
    trainer = await make(temporaryFolder(), { train })
    runs = await trainer.repeat('finetune', recipe, { folds: 3 })
  })
  afterAll(() => trainer.dispose())

  it('holds every picture of train out once', async () => {
    const heldOut: string[] = []
    for (const run of runs) {
      const opened = await Trainer.open(run.directory)
      const { splits } = opened.trainer.data
      expect(splits.train!.perClass).toEqual([6, 6])
      expect(splits.validation!.perClass).toEqual([3, 3])
      heldOut.push(opened.trainer.data.fingerprint as string)
      await expect(opened.trainer.repeat('finetune', recipe, { seeds: 2 })).rejects.toMatchObject({
        code: 'ERR_ARGUMENT',
      })
      await opened.trainer.dispose()
    }
    expect(new Set(heldOut).size).toBe(3)
    expect(runs.map((run) => repetitionOf(run))).toEqual(
      [1, 2, 3].map((number) => ({ over: 'folds', name: 'finetune-folds', number, of: 3, seed: 0 })),
    )
  })

  it('makes one report: the answers of all folds together, and the mean with its interval', async () => {
    const report = await trainer.evaluate(runs, quiet)
    const data = report.data as ReportDocument
    expect(data.evaluation).toMatchObject({ split: 'cross-validation', samples: 18 })
    expect(data.runs).toHaveLength(1)
    expect(data.runs[0]).toMatchObject({ name: 'finetune-folds', folds: 3, best: null })
    expect(data.runs[0]!.perClass.map(({ samples }) => samples)).toEqual([9, 9])
    const [group] = data.repetitions!
    expect(group!.runs.map(({ samples }) => samples)).toEqual([6, 6, 6])
    const means = group!.runs.map(({ scores }) => scores.nll!)
    expect(data.runs[0]!.scores.nll!.value).toBeCloseTo((means[0]! + means[1]! + means[2]!) / 3, 6)
    // What training saw of its own held-out part in its best epoch.
    runs.forEach((run, fold) => {
      expect(means[fold]).toBeCloseTo(run.best.metrics.loss, 5)
    })
    const { mean, low, high, deviation } = group!.scores.nll!
    expect(high - mean).toBeCloseTo((4.302652729749458 * deviation) / Math.sqrt(3), 10)
    expect(mean - low).toBeCloseTo(high - mean, 10)
    expect(data.concerns.join()).toContain('Bengio and Grandvalet')
    expect(fitsSchema(JSON.parse(JSON.stringify(data)))).toBe(true)
    const folder = temporaryFolder()
    await report.save(folder)
    const answers = readFileSync(join(folder, 'predictions.csv'), 'utf8').trim().split('\n').slice(1)
    expect(new Set(answers.map((line) => line.split(',')[1])).size).toBe(18)
    expect(existsSync(join(folder, 'plots', 'repetitions.csv'))).toBe(true)
    expect(await report.toHtml()).toContain('Cross-validation of 18 images')
  })

  it('judges them on one split where one is given, and compares two cross-validations', async () => {
    const other = await trainer.repeat('linear-probe', recipe, { folds: 3 })
    const given = (await trainer.evaluate(runs, { ...quiet, split: validation })).data as ReportDocument
    expect(given.runs.map(({ name }) => name)).toEqual(runs.map((run) => basename(run.directory)))
    expect(given.evaluation.samples).toBe(8)
    const both = (await trainer.evaluate([...runs, ...other], quiet)).data as ReportDocument
    expect(both.runs.map(({ name }) => name)).toEqual(['finetune-folds', 'linear-probe-folds'])
    expect(both.comparisons).toHaveLength(1)
    expect(both.evaluation.usedFor).toEqual(['the best epoch (by top-1)'])
    const probes = (await trainer.evaluate(other, quiet)).data as ReportDocument
    expect(probes.evaluation.usedFor).toEqual([])
  })

  it('refuses what does not belong together', async () => {
    const code = (value: string) => ({ code: value })
    await expect(trainer.evaluate([runs[0]!, runs[0]!], quiet)).rejects.toMatchObject(code('ERR_ARGUMENT'))
    const alone = await trainer.linearProbe({ ...recipe, epochs: 1 })
    await expect(trainer.evaluate([...runs, alone], quiet)).rejects.toMatchObject(code('ERR_ARGUMENT'))
    const others = await make(temporaryFolder(), { train: colourFolder(9, 32, 77) })
    await expect(others.evaluate(runs, quiet)).rejects.toMatchObject(code('ERR_DATASET'))
    await others.dispose()
  })
})

test.each([
  [{}, 'over'],
  [{ seeds: 2, folds: 2 }, 'over'],
  [{ seeds: 1 }, 'seeds'],
  [{ folds: 2.5 }, 'folds'],
  [{ fold: 2 }, 'fold'],
  [undefined, 'over'],
])('refuses %j', async (over, path) => {
  const trainer = await make()
  await expect(
    trainer.repeat('finetune', recipe, over as unknown as { seeds: number }),
  ).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    details: { issues: expect.arrayContaining([expect.objectContaining({ path })]) as unknown },
  })
  await expect(trainer.repeat('probe' as 'finetune', recipe, { seeds: 2 })).rejects.toMatchObject({
    code: 'ERR_CONFIG',
  })
  await expect(trainer.repeat('finetune', { ...recipe, epochs: 0 }, { seeds: 2 })).rejects.toMatchObject({
    code: 'ERR_CONFIG',
  })
  await expect(trainer.repeat('finetune', recipe, { folds: 19 })).rejects.toMatchObject({
    code: 'ERR_DATASET',
  })
  await trainer.dispose()
})
