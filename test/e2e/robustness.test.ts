/** The robustness suite: errors under corruptions, kept results, and what the report shows of them. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadReport, type EvaluateOptions, type Run, type TrainEvent, type Trainer } from '../../lib'
import type { ReportDocument } from '../../lib/report/report-data'
import { colourFolder, temporaryFolder } from '../pictures'
import { makeTrainer, probing, quiet } from './runs'

const pictures = { train: colourFolder(12, 32), validation: colourFolder(6, 32, 500) }
const small: EvaluateOptions = {
  ...quiet,
  suites: ['robustness'],
  corruptions: ['gaussian_noise', 'fog', 'spatter'],
  severities: [5, 1],
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
  return { report, section: (report.data as ReportDocument).runs[0]!.robustness! }
}

it('measures every corruption at every severity on the same pictures, and reports it', async () => {
  const events: TrainEvent[] = []
  const { report, section } = await evaluated({ onEvent: (event) => events.push(event) })
  expect(section).toMatchObject({
    images: 12,
    severities: [1, 5],
    averaged: ['gaussian_noise', 'fog'],
    mce: null,
  })
  expect(section.corruptions.map(({ name, errors }) => [name, errors.length])).toEqual([
    ['gaussian_noise', 2],
    ['fog', 2],
    ['spatter', 2],
  ])
  expect(section.example!.corrupted).toHaveLength(3)
  expect(section.notes.join()).toContain('16 of ')
  const done = events.flatMap((event) =>
    event.type === 'evaluate' && event.suite === 'robustness' ? [event] : [],
  )
  expect(done.at(-1)).toMatchObject({ done: 72, total: 72 })

  const folder = temporaryFolder()
  await report.save(folder)
  const page = readFileSync(join(folder, 'report.html'), 'utf8')
  expect(page).toContain('Robustness to corruptions')
  expect(page).toContain('alt="under gaussian noise"')
  expect(readFileSync(join(folder, 'report.md'), 'utf8')).toContain('| Gaussian noise |')
  const table = readFileSync(join(folder, 'plots', 'robustness.csv'), 'utf8').split('\n')
  expect(table).toHaveLength(1 + 1 + 3 * 3 + 1 + 1)
  expect(await (await loadReport(folder)).toHtml()).toBe(page)
})

it('severity by severity the pixels that a Loader gives are those that are judged: no corruption, the same logits', async () => {
  const { section } = await evaluated({ corruptions: ['jpeg_compression'], severities: [1] })
  // Red and blue stay red and blue in a JPEG.
  expect(section.corruptions[0]!.errors[0]!.value).toBe(section.cleanError.value)
})

it('what was measured is kept; of fewer pictures it is measured anew, by class alike', async () => {
  const { section } = await evaluated()
  const file = join(run.directory, 'suites', 'robustness.json')
  const kept = JSON.parse(readFileSync(file, 'utf8')) as { results: Record<string, string> }
  const none = Buffer.alloc(2).toString('base64')
  writeFileSync(
    file,
    JSON.stringify({ ...kept, results: { ...kept.results, 'fog, severity 5': none, 'fog, severity 1': '' } }),
  )
  const again = await evaluated()
  expect(again.section.corruptions[1]!.errors[1]!.value).toBe(1)
  expect(again.section.corruptions[1]!.errors[0]).toEqual(section.corruptions[1]!.errors[0])
  const fewer = await evaluated({ maxImages: 4 })
  expect(fewer.section.images).toBe(4)
  expect(fewer.section.notes[0]).toContain('4 of 12 images')
  expect((await evaluated()).section).toEqual(section)
})

it('judged in bfloat16 the report says so, and what was kept of float32 is measured anew', async () => {
  const file = join(run.directory, 'suites', 'robustness.json')
  const identity = () => (JSON.parse(readFileSync(file, 'utf8')) as { identity: string }).identity
  await evaluated({ corruptions: ['fog'], severities: [1] })
  const before = identity()
  const { report } = await evaluated({ corruptions: ['fog'], severities: [1], precision: 'bf16' })
  expect((report.data as ReportDocument).runs[0]!.precision).toBe('bf16')
  expect(identity()).not.toBe(before)
  await expect(evaluated({ precision: 'fp8' as 'bf16' })).rejects.toMatchObject({ code: 'ERR_CONFIG' })
})

it('an abort ends it at once, and what was finished is kept', async () => {
  const stopping = new AbortController()
  // In the second change of 24 images.
  const onEvent = (event: TrainEvent): void => {
    if (event.type === 'evaluate' && event.suite === 'robustness' && event.done > 24)
      stopping.abort(new Error('stopped'))
  }
  const options = { ...small, split: pictures.train, onEvent, signal: stopping.signal }
  await expect(trainer.evaluate(run, options)).rejects.toThrow('stopped')
  const file = join(run.directory, 'suites', 'robustness.json')
  const { results } = JSON.parse(readFileSync(file, 'utf8')) as { results: Record<string, string> }
  expect(Object.keys(results)).toContain('gaussian_noise, severity 1')
})

it('refuses what is no corruption, and severities outside 1 to 5', async () => {
  for (const wrong of [
    { corruptions: ['rain'] },
    { severities: [0] },
    { severities: [6] },
    { maxImages: 0 },
  ]) {
    await expect(evaluated(wrong)).rejects.toMatchObject({ code: 'ERR_CONFIG' })
  }
})

it('other data sets: what they cost, by name, by a map of classes, and by the classes that they have', async () => {
  const dark = colourFolder(5, 32, 900)
  const classMap = { crimson: 'red' }
  const samples = Array.from({ length: 5 }, (_, i) => ({
    image: join(dark, 'red', `${i}.png`),
    label: 'crimson',
  }))
  const report = await trainer.evaluate(run, {
    ...quiet,
    shifts: [
      { name: 'same', source: pictures.validation },
      { name: 'mapped', source: samples, classMap },
    ],
  })
  const { shifts, scores } = (report.data as ReportDocument).runs[0]!
  expect(shifts![0]).toMatchObject({
    ...{ name: 'same', classes: 2, images: 12, skipped: 0 },
    ...{ top1: { value: scores.top1!.value }, gap: { value: 0 } },
  })
  // With one class alone there is nothing to confuse it with.
  expect(shifts![1]).toMatchObject({ name: 'mapped', classes: 1, images: 5, top1: { value: 1 } })
  expect(shifts![1]!.reference).toMatchObject({ images: 6, top1: { value: 1 } })
  const unknown = { ...quiet, shifts: [{ name: 'mapped', source: samples }] }
  await expect(trainer.evaluate(run, unknown)).rejects.toMatchObject({
    code: 'ERR_DATASET',
    message: expect.stringContaining('shifts (mapped)') as string,
  })
})
