/** The sensitivity suite: what decisions change with, kept results, and what the report shows of them. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadReport, type EvaluateOptions, type Run, type TrainEvent, type Trainer } from '../../lib'
import type { ReportDocument } from '../../lib/report/report-data'
import { colourFolder, temporaryFolder } from '../pictures'
import { makeTrainer, probing, quiet } from './runs'

const pictures = { train: colourFolder(12, 32), validation: colourFolder(20, 32, 500) }
let trainer: Trainer
let run: Run

beforeAll(async () => {
  trainer = await makeTrainer(pictures)
  run = await trainer.linearProbe({ ...probing, epochs: 20, learningRate: 0.1, cache: temporaryFolder() })
})
afterAll(() => trainer.dispose())

async function evaluated(options: EvaluateOptions = {}) {
  const report = await trainer.evaluate(run, { ...quiet, suites: ['bias'], ...options })
  return { report, section: (report.data as ReportDocument).runs[0]!.sensitivity! }
}

it('finds that red and blue are told apart by colour, and reports it', async () => {
  const events: TrainEvent[] = []
  const { report, section } = await evaluated({ onEvent: (event) => events.push(event) })
  expect(section).toMatchObject({ images: 40, top1: { value: 1 } })
  expect(section.lean).toMatchObject({ attribute: 'colour', isClear: true })
  const grey = section.changes.find(({ name }) => name === 'grey')!
  expect(grey.loss.low).toBeGreaterThan(0)
  expect(section.changes.find(({ name }) => name === 'flip')!.flips.value).toBe(0)
  expect(section.example!.changed).toHaveLength(section.changes.length)
  const done = events.filter((event) => event.type === 'evaluate' && event.suite === 'sensitivity')
  expect(done.at(-1)).toMatchObject({ done: 480, total: 480 })

  const folder = temporaryFolder()
  await report.save(folder)
  const page = readFileSync(join(folder, 'report.html'), 'utf8')
  expect(page).toContain('linear-probe leans most on colour')
  expect(readFileSync(join(folder, 'report.md'), 'utf8')).toContain('| In grey |')
  expect(readFileSync(join(folder, 'plots', 'sensitivity.csv'), 'utf8').split('\n')).toHaveLength(
    1 + 1 + 12 + 6 + 1,
  )
  expect(await (await loadReport(folder)).toHtml()).toBe(page)
})

it('what was measured is kept; what is damaged is measured anew', async () => {
  const { section } = await evaluated()
  const file = join(run.directory, 'suites', 'sensitivity.json')
  const kept = JSON.parse(readFileSync(file, 'utf8')) as { results: Record<string, string> }
  const all = Buffer.alloc(4 * 40) // blue, every one
  const results = { ...kept.results, 'flip, strength 1': all.toString('base64'), 'grey, strength 1': 'AAAA' }
  writeFileSync(file, JSON.stringify({ ...kept, results }))
  const again = (await evaluated()).section
  expect(again.changes.find(({ name }) => name === 'flip')!.flips.value).toBe(0.5)
  expect(again.changes[0]).toEqual(section.changes[0])
  const fewer = await evaluated({ maxImages: 10, thumbnails: false })
  expect(fewer.section).toMatchObject({ images: 10 })
  expect(fewer.section.example).toBeUndefined()
  expect(fewer.section.notes[0]).toContain('10 of 40 images')
})

it('groups alone do not ask for it', async () => {
  expect((await evaluated({ suites: ['accuracy'], groups: ['label'] })).section).toBeUndefined()
})

it('an abort ends it at once, and what was finished is kept', async () => {
  const stopping = new AbortController()
  const onEvent = (event: TrainEvent): void => {
    if (event.type === 'evaluate' && event.suite === 'sensitivity' && event.done > 24)
      stopping.abort(new Error('stopped'))
  }
  const options: EvaluateOptions = { split: pictures.train, onEvent, signal: stopping.signal }
  await expect(evaluated(options)).rejects.toThrow('stopped')
  const file = join(run.directory, 'suites', 'sensitivity.json')
  const { results } = JSON.parse(readFileSync(file, 'utf8')) as { results: Record<string, string> }
  expect(Object.keys(results)).toContain('grey, strength 1')
})
