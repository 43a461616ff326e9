/** Accuracy by the number of labels: nested draws, kept results, and what the report says of them. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadReport, type EvaluateOptions, type Run, type Trainer } from '../../lib'
import type { ReportDocument } from '../../lib/report/report-data'
import { colourFolder, temporaryFolder } from '../pictures'
import { makeTrainer, probing, quiet } from './runs'

const pictures = { train: colourFolder(12, 32), validation: colourFolder(6, 32, 500) }
const small: EvaluateOptions = {
  ...quiet,
  suites: ['labelEfficiency'],
  labelsPerClass: [1, 3],
  fractions: [0.5, 1],
  seeds: 2,
}
let trainer: Trainer
let run: Run

beforeAll(async () => {
  trainer = await makeTrainer(pictures)
  run = await trainer.linearProbe({ ...probing, cache: temporaryFolder() })
})
afterAll(() => trainer.dispose())

async function evaluated(options: EvaluateOptions = {}) {
  const report = await trainer.evaluate(run, { ...small, ...options })
  return { report, section: (report.data as ReportDocument).labelEfficiency![0]! }
}

it('measures every draw of every part, for the encoder and for random weights', async () => {
  const { report, section } = await evaluated()
  expect(section.points).toEqual([
    { name: '1 per class', images: 2 },
    { name: '3 per class', images: 6 },
    { name: '50 %', images: 12 },
    { name: '100 %', images: 24 },
  ])
  expect(section.curves.map(({ method }) => method)).toEqual(['probe', 'random-probe'])
  for (const { top1, summary } of section.curves) {
    expect(top1.map((values) => values.length)).toEqual([2, 2, 2, 2])
    // All of train is the same in every draw, and so is what a probe without draws of its own makes of it.
    expect(top1[3]![0]).toBe(top1[3]![1])
    expect(summary[3]).toMatchObject({ deviation: 0 })
  }
  // Red and blue: what any features tell apart from all labels.
  expect(section.curves[0]!.top1[3]![0]).toBeGreaterThan(0.9)
  expect(section.needed[0]).toMatchObject({ method: 'probe', baseline: 'random-probe', of: 2 })
  expect(section.notes.join()).toContain('leaves out fine-tuning')

  const folder = temporaryFolder()
  await report.save(folder)
  const page = readFileSync(join(folder, 'report.html'), 'utf8')
  expect(page).toContain('How many labels it takes')
  expect(readFileSync(join(folder, 'report.md'), 'utf8')).toContain('3 per class')
  expect(readFileSync(join(folder, 'plots', 'label-efficiency.csv'), 'utf8').split('\n')).toHaveLength(
    1 + 16 + 1,
  )
  expect(await (await loadReport(folder)).toHtml()).toBe(page)
})

it('what was measured is kept and not measured again; of other data it is', async () => {
  const { section } = await evaluated()
  const file = join(run.directory, 'suites', 'label-efficiency.json')
  const kept = JSON.parse(readFileSync(file, 'utf8')) as { results: Record<string, number> }
  writeFileSync(file, JSON.stringify({ ...kept, results: { ...kept.results, 'probe, 50 %, draw 0': 0.125 } }))
  const again = await evaluated()
  expect(again.section.curves[0]!.top1[2]![0]).toBe(0.125)
  const other = await evaluated({ split: pictures.train })
  expect(other.section.curves[0]!.top1[2]![0]).not.toBe(0.125)
  expect((await evaluated()).section).toEqual(section)
})

it('the full budget fine-tunes and trains from scratch, and leaves nothing in the folder of the runs', async () => {
  const { section } = await evaluated({ budget: 'full', labelsPerClass: [2], fractions: [1], seeds: 1 })
  expect(section.curves.map(({ method }) => method)).toEqual(['probe', 'random-probe', 'finetune', 'scratch'])
  expect(section.curves[2]!.summary).toEqual([null, null])
  expect(section.curves[2]!.top1[1]![0]).toBeGreaterThan(0.9)
  expect(section.needed.map(({ baseline }) => baseline)).toEqual(['random-probe', 'scratch'])
  expect(existsSync(join(run.directory, '..', 'finetune'))).toBe(false)
}, 180_000)

it('a list names its pictures; one without a class is refused', async () => {
  const folder = temporaryFolder()
  const list = join(folder, 'two.txt')
  writeFileSync(list, ['red/0.png', 'blue/0.png', ''].join('\n'))
  const { section } = await evaluated({ lists: [list], labelsPerClass: [3], fractions: [1] })
  expect(section.points[0]).toEqual({ name: 'two.txt', images: 2 })
  writeFileSync(list, 'red/0.png\n')
  await expect(evaluated({ lists: [list] })).rejects.toMatchObject({
    code: 'ERR_DATASET',
    message: expect.stringContaining('two.txt has none of blue'),
  })
})

it('an abort ends it at once', async () => {
  const stopping = new AbortController()
  const onEvent = (event: { type: string; suite?: string }): void => {
    if (event.type === 'evaluate' && event.suite === 'labelEfficiency') stopping.abort(new Error('stopped'))
  }
  const options = { ...small, split: pictures.train, labelsPerClass: [4], onEvent, signal: stopping.signal }
  await expect(trainer.evaluate(run, options)).rejects.toThrow('stopped')
})
