/** Accuracy by the columns of a manifest: groups and their combinations, listed, compared, in the report. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadReport, Trainer, type EvaluateOptions, type Run } from '../../lib'
import type { ReportDocument } from '../../lib/report/report-data'
import { colourFolder, temporaryFolder, tinyEncoder } from '../pictures'
import { probing, quiet } from './runs'

const folder = colourFolder(40, 32)
const manifest = join(folder, 'manifest.csv')
let trainer: Trainer
let run: Run

/** Rare: of train alone, one of them. Pictures of the class blue come from the sea, red ones from both. */
beforeAll(async () => {
  const lines = ['blue', 'red'].flatMap((label) =>
    Array.from({ length: 40 }, (_, i) => {
      const place = i === 0 ? 'moon' : label === 'blue' || i % 2 === 1 ? 'sea' : 'land'
      return `${label}/${i}.png,${label},${i < 15 ? 'train' : 'validation'},${place},${label}-${i}`
    }),
  )
  writeFileSync(manifest, ['image,label,split,place,id', ...lines, ''].join('\n'))
  trainer = await Trainer.create({
    encoder: tinyEncoder,
    data: { train: manifest, validation: manifest },
    directory: temporaryFolder(),
    threads: 2,
  })
  run = await trainer.linearProbe({ ...probing, cache: false })
})
afterAll(() => trainer.dispose())

async function columnsOf(options: EvaluateOptions) {
  const report = await trainer.evaluate(run, { ...quiet, ...options })
  return { report, columns: (report.data as ReportDocument).runs[0]!.groupColumns }
}

it('lists every group of every column, and leaves identifiers out', async () => {
  const { columns, report } = await columnsOf({ suites: ['bias'] })
  expect(columns!.map(({ column }) => column)).toEqual(['place'])
  const [place] = columns!
  expect(place!.groups.map(({ name, samples, trained }) => [name, samples, trained])).toEqual([
    ['land', 12, 7],
    ['moon', 0, 2],
    ['sea', 38, 21],
  ])
  expect(place!.groups[1]!.top1).toBeNull()
  expect(place!.gap).not.toBeNull()
  const folder = temporaryFolder()
  await report.save(folder)
  const page = readFileSync(join(folder, 'report.html'), 'utf8')
  expect(page).toContain('not estimable')
  expect(page).toMatch(/by place: (land|sea) is worst/)
  expect(readFileSync(join(folder, 'report.md'), 'utf8')).toContain('## Groups')
  expect(readFileSync(join(folder, 'plots', 'groups.csv'), 'utf8')).toContain('place,moon,0,2,,,')
  expect(await (await loadReport(folder)).toHtml()).toBe(page)
})

it('combines columns, and the class with them', async () => {
  const { columns } = await columnsOf({ groups: ['label+place'] })
  expect(columns!.map(({ column }) => column)).toEqual(['label+place'])
  const counts = Object.fromEntries(columns![0]!.groups.map(({ name, samples }) => [name, samples]))
  expect(counts).toEqual({
    'blue, land': 0,
    'blue, moon': 0,
    'blue, sea': 25,
    'red, land': 12,
    'red, moon': 0,
    'red, sea': 13,
  })
})

it('refuses a column that is not there, and names those that are', async () => {
  await expect(columnsOf({ groups: ['weather'] })).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    message: expect.stringMatching(/no column "weather".*place, id, label/),
  })
})

it('without the suite nothing is said of groups', async () => {
  expect((await columnsOf({})).columns).toBeUndefined()
})
