/** Many reports in one table: what stands beside what, in which order, and what is said of it. */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compareReports, createReport, findReport, loadReport, type ReportInput } from '../../../lib/report'
import { differingNames, factsOf, inOrder } from '../../../lib/report/recipe-differences'
import { labelSetInput, sampleInput, withoutScript } from './sample'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'compare-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true })
})

const small = sampleInput({ perClass: 8 })

/** A report of some of the sample's runs, with the given recipes, on the images of the given fingerprint. */
async function saved(
  name: string,
  runs: readonly (Partial<ReportInput['runs'][number]> & { of?: number })[],
  more: { fingerprint?: string; input?: ReportInput; createdAt?: string } & Partial<ReportInput> = {},
): Promise<string> {
  const { fingerprint = 'aaaaaaaaaaaa', input = small, ...changes } = more
  await createReport({
    ...input,
    split: { ...input.split, fingerprint },
    comparisons: [],
    ...changes,
    runs: runs.map(({ of = 0, ...run }) => ({
      ...input.runs[of]!,
      directory: `runs/${run.name ?? name}`,
      ...run,
    })),
  }).save(join(directory, name))
  return join(directory, name)
}

const [probeConfig, tuneConfig] = small.runs.map(({ config }) => config) as [object, object]

test('runs on the same images stand together, the best first, others in a part of their own', async () => {
  const { data } = await compareReports([
    await saved('a', [{ name: 'probe' }]),
    await saved('b', [{ name: 'tuned', of: 1 }]),
    await saved('c', [{ name: 'elsewhere' }], { fingerprint: 'bbbbbbbbbbbb' }),
  ])
  expect(data.parts.map(({ fingerprint, runs }) => [fingerprint, runs.map(({ name }) => name)])).toEqual([
    ['aaaaaaaaaaaa', ['tuned', 'probe']],
    ['bbbbbbbbbbbb', ['elsewhere']],
  ])
  const [tuned, probe] = data.parts[0]!.runs
  expect(tuned!.scores.top1!.value).toBeGreaterThan(probe!.scores.top1!.value)
  expect(tuned).toMatchObject({
    images: 2000,
    parameters: { trainable: 1_198_858 },
    seeds: [0],
    kind: 'finetune',
  })
})

test('says which rows cannot be compared, and names the best with its interval', async () => {
  const comparison = await compareReports([
    await saved('a', [{ name: 'probe' }, { name: 'tuned', of: 1 }]),
    await saved('c', [{ name: 'other' }], { fingerprint: 'bbbbbbbbbbbb' }),
  ])
  const words = comparison.sentences().join('\n').replaceAll('\u00a0', ' ')
  expect(words).toMatch(/^Best on 80 images of the test split: tuned, top-1 \d+\.\d % \(95 % interval [\d.]+ – [\d.]+ %\); the intervals of probe reach as far\.$/m) // prettier-ignore
  expect(words).toContain(
    'judged on 2 different sets of images: rows of different parts of the table cannot be compared',
  )
  const alone = await compareReports([join(directory, 'a')])
  expect(alone.sentences().join()).not.toContain('cannot be compared')
})

test('the same images under another name of the split are the same; other classes or thresholds are not', async () => {
  const given = { split: { name: 'given', usedFor: [], fingerprint: 'aaaaaaaaaaaa' } }
  const classes = small.data.classes.map((name) => `${name}s`)
  const { data } = await compareReports([
    await saved('a', [{ name: 'x' }]),
    await saved('b', [{ name: 'y' }], given),
    await saved('c', [{ name: 'z' }], { input: sampleInput({ perClass: 8, classes }) }),
    await saved('d', [{ name: 'u' }], { input: labelSetInput() }),
    await saved('e', [{ name: 'v' }], { input: labelSetInput({ threshold: 0.7 }) }),
  ])
  const names = data.parts.map(({ runs }) => runs.map(({ name }) => name).sort())
  expect(names).toEqual(
    [['x', 'y'], ['z'], ['u'], ['v']].map((part) => expect.arrayContaining(part) as string[]),
  )
  expect(data.metrics).toEqual(expect.arrayContaining(['top1', 'mAP', 'f1', 'ece']))
})

test('reports of older versions, which know all of their data alone, are matched by that and the split', async () => {
  const older = (name: string, split: string) =>
    saved(name, [{ name }], { split: { name: split, usedFor: [] } })
  const { data } = await compareReports([
    await older('a', 'test'),
    await older('b', 'test'),
    await older('c', 'validation'),
  ])
  expect(data.parts.map(({ runs }) => runs.length)).toEqual([2, 1])
})

test('a run that two reports judge on the same images is taken once, from the newer', async () => {
  const run = { name: 'probe', directory: 'runs/probe' }
  const { data } = await compareReports([
    await saved('new', [run], { createdAt: '2026-11-26T10:00:00.000Z' }),
    await saved('old', [run, { name: 'tuned', of: 1 }], { createdAt: '2026-11-25T10:00:00.000Z' }),
  ])
  expect(data.parts[0]!.runs.map(({ name, report }) => [name, report])).toEqual([
    ['tuned', join(directory, 'old', 'report.json')],
    ['probe', join(directory, 'new', 'report.json')],
  ])
})

test('of one recipe with several seeds there is one row: mean, deviation, and the interval of the mean', async () => {
  const members = [0, 1, 2].map((seed) => ({
    ...{ name: `seed-${seed}`, directory: `runs/s/seed-${seed}`, seed },
    ...{
      history: small.runs[0]!.history,
      best: small.runs[0]!.best!,
      scores: small.runs[0]!.analysis.scores,
    },
  }))
  const repetitions = [
    {
      ...{ over: 'seeds' as const, name: 'probe-seeds', of: 3, runs: members },
      scores: { top1: { mean: 0.5, deviation: 0.0125, low: 0.47, high: 0.53 } },
    },
  ]
  const runs = members.map(({ name, directory: folder, seed }) => ({ name, directory: folder, seed }))
  const comparison = await compareReports([
    await saved('a', [...runs, { name: 'tuned', of: 1 }], { repetitions }),
  ])
  const rows = comparison.parts()[0]!.rows.map((cells) => cells.map((cell) => cell.replaceAll('\u00a0', ' ')))
  expect(rows).toHaveLength(2)
  expect(rows.find(([name]) => name === 'probe-seeds')).toEqual(
    expect.arrayContaining(['50.0 % ± 1.3', '47.0 – 53.0 %', '0 to 2']),
  )
})

test('options are named where they differ within a kind, and the training images are', async () => {
  const { data } = await compareReports([
    await saved('a', [
      { name: 'p1', config: { ...probeConfig, learningRate: 0.5, saveEvery: 3, earlyStopping: null } },
    ]),
    await saved('b', [{ name: 'p2', config: { ...probeConfig, newer: 1, earlyStopping: { patience: 3 } } }], {
      data: { ...small.data, splits: { ...small.data.splits, train: { images: 40, perClass: [] } } },
    }),
    await saved('c', [{ name: 't1', of: 1, config: { ...tuneConfig, layerDecay: 0.75 } }]),
  ])
  expect(data.differing).toEqual(['learningRate', 'earlyStopping', 'earlyStopping.patience'])
  const runs = new Map(data.parts[0]!.runs.map((run) => [run.name, run]))
  expect(runs.get('p1')!.facts).toEqual({ learningRate: '0.5', earlyStopping: 'none' })
  expect(runs.get('p2')!.facts).toEqual({ learningRate: '0.001', 'earlyStopping.patience': '3' })
  expect(runs.get('p2')!.images).toBe(40)
})

test('facts are leaves of the configuration in words, without what changes no result', () => {
  const freeze = [
    { from: 0, train: ['head'], learningRateScale: 1 },
    { from: 3, train: ['head', 'blocks.-4..'], learningRateScale: 0.5 },
  ]
  const config = { preset: 'x', name: 'y', warnings: [], mixup: 0.1 + 0.2, ema: null, crop: { scale: [0.08, 1] }, freeze, betas: [] } // prettier-ignore
  expect(factsOf(config)).toEqual({
    mixup: '0.3',
    ema: 'none',
    'crop.scale': '0.08, 1',
    freeze: 'from 0 head, from 3 head blocks.-4.. × 0.5',
    betas: 'none',
  })
  expect(
    differingNames([
      { a: '1', b: '1', c: '1' },
      { a: '2', b: '1' },
    ]),
  ).toEqual(['a'])
  expect(inOrder(['b', 'a', 'epochs', 'a'])).toEqual(['epochs', 'a', 'b'])
})

test('page, text and numbers are the same from the same reports, with nothing from outside and no markup of names', async () => {
  const hostile = '<script>alert(1)</script>|`"'
  const paths = [
    await saved('a', [{ name: hostile, config: { ...probeConfig, learningRate: '<b>' } }]),
    await saved('b', [{ name: 'other' }]),
  ]
  await (await compareReports(paths)).save(join(directory, 'one'))
  await (await compareReports(paths)).save(join(directory, 'two'))
  expect(readdirSync(join(directory, 'one')).sort()).toEqual(['compare.csv', 'compare.html', 'compare.md'])
  const read = (folder: string, file: string) => readFileSync(join(directory, folder, file), 'utf8')
  for (const file of ['compare.html', 'compare.md', 'compare.csv']) {
    expect([file, read('one', file) === read('two', file)]).toEqual([file, true])
  }
  const whole = read('one', 'compare.html')
  const page = withoutScript(whole)
  expect(page).not.toMatch(/(src|href|srcset|action|poster)\s*=\s*["']?\s*(https?:)?\/\//i)
  expect(page).not.toMatch(/<script|<b>,|<link|<iframe/)
  expect(page).not.toMatch(/NaN|undefined|\[object/)
  expect(page).toContain('<th scope="rowgroup"')
  expect(read('one', 'compare.md')).not.toMatch(/<script|(?<!\\)\|`/)
  const [head, ...rows] = read('one', 'compare.csv').trimEnd().split('\n')
  expect(head).toMatch(
    /^part,split,samples,fingerprint,run,kind,preset,images,trainable,total,top1,top1Low,top1High/,
  )
  expect(rows).toHaveLength(2)
})

test('runs of one name are told apart by their folders', async () => {
  const { data } = await compareReports([
    await saved('a', [{ name: 'finetune', directory: 'runs/a/finetune' }]),
    await saved('b', [{ name: 'finetune', directory: 'runs/b/finetune' }]),
  ])
  expect(data.parts[0]!.runs.map(({ name }) => name).sort()).toEqual(['runs/a/finetune', 'runs/b/finetune'])
})

describe('the report that is meant', () => {
  test("is the folder's own, or a run's last", async () => {
    const run = join(directory, 'run')
    mkdirSync(run)
    expect(await findReport(run)).toBeUndefined()
    await saved('run/report', [{}])
    await saved('run/report-2', [{}])
    await saved('run/report-10', [{}])
    mkdirSync(join(run, 'report-11'))
    mkdirSync(join(run, 'reports-12'))
    expect(await findReport(run)).toBe(join(run, 'report-10', 'report.json'))
    expect(await findReport(join(run, 'report'))).toBe(join(run, 'report', 'report.json'))
    expect((await loadReport(run)).data.runs).toHaveLength(1)
    await expect(findReport(join(directory, 'none'))).rejects.toMatchObject({ code: 'ERR_FILE' })
  })

  test.each([
    ['runs that are none', { runs: [{ name: 'x' }] }],
    ['scores that are none', { runs: [{ ...small.runs[0], scores: { top1: 3 } }] }],
    ['classes that are none', { data: { classes: 7 } }],
    ['no evaluation', { evaluation: null }],
  ])('with %s is refused by name', async (_, change) => {
    const folder = await saved('a', [{}])
    const file = join(folder, 'report.json')
    const report = JSON.parse(readFileSync(file, 'utf8')) as object
    writeFileSync(file, JSON.stringify({ ...report, ...change }))
    const refused = expect.objectContaining({ code: 'ERR_FILE', details: { file } }) as Error
    await expect(compareReports([folder])).rejects.toEqual(refused)
    await expect(loadReport(folder)).rejects.toEqual(refused)
  })

  test('has to be one at least', async () => {
    await expect(compareReports([])).rejects.toMatchObject({ code: 'ERR_ARGUMENT' })
  })
})
