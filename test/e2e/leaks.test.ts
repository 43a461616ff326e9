/** Judged pictures that were trained on as well: found, counted, and the accuracy without them. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Trainer } from '../../lib'
import type { ReportDocument } from '../../lib/report/report-data'
import { colourFolder, temporaryFolder, tinyEncoder } from '../pictures'
import { probing, quiet as silent } from './runs'

const quiet = { ...silent, thumbnails: false } as const

const train = colourFolder(12, 32)
/** Pictures in the folder of the other class: every one that is recognised counts as a mistake. */
const validation = colourFolder(0, 32)
const others = colourFolder(6, 32, 500)
for (let i = 0; i < 6; i++) {
  copyFileSync(join(others, 'red', `${i}.png`), join(validation, 'blue', `${i}.png`))
  copyFileSync(join(others, 'blue', `${i}.png`), join(validation, 'red', `${i}.png`))
}
for (let i = 0; i < 4; i++) {
  copyFileSync(join(train, 'red', `${i}.png`), join(validation, 'red', `copy ${i}.png`))
}

it('the report says how many, and what is left of the accuracy', async () => {
  const directory = temporaryFolder()
  const data = { train, validation }
  const trainer = await Trainer.create({ encoder: tinyEncoder, data, directory, threads: 2 })
  const run = await trainer.linearProbe({ ...probing, epochs: 30, learningRate: 1e-2, cache: false })
  const report = await trainer.evaluate(run, quiet)
  const { evaluation, runs, concerns } = report.data as ReportDocument
  expect(evaluation).toMatchObject({ samples: 16, leaked: { images: 4, comparedBy: 'content' } })
  expect(evaluation.leaked!.files).toEqual([0, 1, 2, 3].map((i) => `red/copy ${i}.png`))
  expect(runs[0]!.scores.top1!.value).toBe(0.25)
  expect(runs[0]!.withoutLeaked).toEqual({
    others: { value: 0, low: 0, high: expect.closeTo(0.2425, 4) as number, method: 'wilson' },
    leaked: { value: 1, low: expect.closeTo(0.5101, 4) as number, high: 1, method: 'wilson' },
  })
  const said =
    '4 of the 16 validation images are in training as well; without them top-1 of linear-probe is 0.0\u00a0% (95 % interval 0.0 – 24.2\u00a0%; 100.0\u00a0% of the 4).'
  expect(concerns[0]).toBe(said)
  const folder = temporaryFolder()
  await report.save(folder)
  expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain(said)

  // A part of train, and so a trainer of which it is not known what of it this run has seen.
  const other = await Trainer.create({
    encoder: tinyEncoder,
    data: { ...data, subset: { perClass: 3 } },
    directory,
    threads: 2,
  })
  const judged = (await other.evaluate(run, quiet)).data as ReportDocument
  expect(judged.runs[0]!.withoutLeaked).toBeUndefined()
  expect(judged.warnings).toContainEqual({
    code: 'WARN_DATA',
    message: 'linear-probe was not trained on the 6 images that this report counts, but on 24.',
  })
  expect((report.data as ReportDocument).warnings).toEqual([])
  const clean = (await trainer.evaluate(run, { ...quiet, split: others })).data as ReportDocument
  expect(clean.evaluation.leaked).toEqual({ images: 0, comparedBy: 'content', files: [] })
  expect(clean.runs[0]!.withoutLeaked).toBeUndefined()
  await trainer.dispose()
  await other.dispose()
})

it('of several labels it is mAP, without the pictures that leaked', async () => {
  const line = (folder: string, name: string, label: readonly string[]) =>
    `${JSON.stringify({ image: join(folder, name), label })}\n`
  const names = [0, 1, 2, 3, 4, 5].flatMap((i) => [`blue/${i}.png`, `red/${i}.png`])
  const labelOf = (name: string) => [name.slice(0, name.indexOf('/'))]
  const swapped = (name: string) => [name.startsWith('blue') ? 'red' : 'blue']
  const file = (name: string, lines: readonly string[]): string => {
    const path = join(temporaryFolder(), name)
    writeFileSync(path, lines.join(''))
    return path
  }
  const own = file(
    'train.jsonl',
    names.map((name) => line(train, name, labelOf(name))),
  )
  const judged = file('val.jsonl', [
    ...names.map((name) => line(others, name, swapped(name))),
    ...names.slice(0, 4).map((name) => line(train, name, labelOf(name))),
  ])
  const trainer = await Trainer.create({
    encoder: tinyEncoder,
    data: { train: own, validation: judged },
    ...{ directory: temporaryFolder(), threads: 2 },
  })
  const run = await trainer.linearProbe({ ...probing, epochs: 30, learningRate: 1e-2, cache: false })
  const report = await trainer.evaluate(run, quiet)
  const { evaluation, runs, concerns, warnings } = report.data as ReportDocument
  expect(evaluation.leaked!.images).toBe(4)
  const { others: without, leaked } = runs[0]!.withoutLeaked!
  expect(leaked).toBeNull()
  expect(without).toMatchObject({ method: 'bootstrap' })
  expect(without!.value).toBeLessThan(runs[0]!.scores.mAP!.value)
  expect(concerns[0]).toMatch(/^4 of the 16 validation images are .*; without them mAP of linear-probe is /)
  // What the data check says of the same files would say it twice.
  expect(warnings.map(({ code }) => code)).not.toContain('pictures-on-both-sides')
  expect(trainer.data.warnings).toContainEqual(expect.objectContaining({ code: 'pictures-on-both-sides' }))
  await trainer.dispose()
})
