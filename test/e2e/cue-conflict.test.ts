/** Shape against texture: folders as Geirhos et al. published them, judged by a classifier of their 16 categories. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadReport, Trainer, type EvaluateOptions, type Run } from '../../lib'
import { categoryClasses, cueCategories, imageNetIndices } from '../../lib/evaluate/cue-categories'
import type { ReportDocument } from '../../lib/report/report-data'
import { noisyPixels, png, temporaryFolder, tinyEncoder } from '../pictures'
import { probing, quiet } from './runs'

let trainer: Trainer
let run: Run

/** What is written at each path: a picture of the category's grey level. */
function pictures(files: Readonly<Record<string, number>>): string {
  const folder = temporaryFolder()
  for (const [seed, [file, category]] of Object.entries(files).entries()) {
    mkdirSync(join(folder, file, '..'), { recursive: true })
    const level = 20 + 14 * category
    writeFileSync(join(folder, file), png(noisyPixels([level, level, level], 32, seed), 32, 32))
  }
  return folder
}

beforeAll(async () => {
  const training = cueCategories.flatMap((name, category) =>
    Array.from({ length: 4 }, (_, i) => [`${name}/${i}.png`, category] as const),
  )
  trainer = await Trainer.create({
    encoder: tinyEncoder,
    data: { train: pictures(Object.fromEntries(training)), validation: { fraction: 0.25 } },
    directory: temporaryFolder(),
    threads: 2,
  })
  run = await trainer.linearProbe({ ...probing, epochs: 2, cache: false })
})
afterAll(() => trainer.dispose())

async function evaluated(cueConflict: string, options: EvaluateOptions = {}) {
  const report = await trainer.evaluate(run, { ...quiet, thumbnails: false, cueConflict, ...options })
  return { report, section: (report.data as ReportDocument).runs[0]!.cueConflict! }
}

it('counts decisions for the shape, the texture and neither, and reports them', async () => {
  const source = pictures({
    'airplane/airplane1-bicycle2.png': 0,
    'airplane/airplane3-truck1.png': 15,
    'bear/XXX_bear10-dog4.png': 4,
    'clock/clock1-clock3.png': 9,
  })
  const { report, section } = await evaluated(source)
  expect(section).toMatchObject({ images: 3, agreeing: 1, skipped: 0 })
  expect(section.shape.value + section.texture.value + section.other.value).toBeCloseTo(1)
  expect(section.categories.map(({ name }) => name)).toEqual(cueCategories)
  expect(section.categories.map(({ shares }) => shares?.images ?? 0).slice(0, 3)).toEqual([2, 1, 0])
  const folder = temporaryFolder()
  await report.save(folder)
  const page = readFileSync(join(folder, 'report.html'), 'utf8')
  expect(page).toContain('of 3 images on which the two disagree')
  expect(readFileSync(join(folder, 'report.md'), 'utf8')).toContain('## Shape or texture')
  const rows = readFileSync(join(folder, 'plots', 'cue-conflict.csv'), 'utf8').split('\n')
  expect(rows).toHaveLength(1 + 16 + 1 + 1)
  expect(rows[3]).toMatch(/^linear-probe,bicycle,0,,/)
  expect(await (await loadReport(folder)).toHtml()).toBe(page)
})

it('refuses files that are called otherwise, and other categories', async () => {
  for (const file of ['airplane/1.png', 'airplane/airplane1-zebra2.png', 'zebra/zebra1-dog2.png']) {
    await expect(evaluated(pictures({ 'bear/bear1-dog2.png': 1, [file]: 0 }))).rejects.toMatchObject({
      code: 'ERR_DATASET',
    })
  }
})

it("knows ImageNet's classes of the 16 categories, and refuses others", () => {
  const wordNet = Array.from({ length: 1000 }, (_, i) => `n${String(10000000 + i)}`)
  expect(categoryClasses(wordNet)).toBe(imageNetIndices)
  // Counted in the published table: 1, 4, 2, 49, 5, 7, 3, 6, 4, 3, 109, 2, 2, 1, 1, 8.
  expect(imageNetIndices.map((indices) => indices.length)).toEqual([
    ...[1, 4, 2, 49, 5, 7, 3, 6],
    ...[4, 3, 109, 2, 2, 1, 1, 8],
  ])
  expect(new Set(imageNetIndices.flat()).size).toBe(207)
  for (const classes of [['cat', 'dog'], [...wordNet].reverse(), cueCategories.slice(1)]) {
    expect(() => categoryClasses(classes)).toThrow(expect.objectContaining({ code: 'ERR_DATASET' }))
  }
  const turned = [...cueCategories].reverse()
  expect(categoryClasses(turned).map(([index]) => turned[index!])).toEqual(cueCategories)
})
