/** The health of a representation in the report: its data, its words, its page, its tables. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Ajv2020 from 'ajv/dist/2020'
import { createReport, loadReport, type ReportInput, type RunInput } from '../../../lib/report'
import { temporaryFolder } from '../../pictures'
import { sampleInput } from './sample'

const schema = JSON.parse(readFileSync(join(__dirname, '../../../lib/report/report.schema.json'), 'utf8'))
const validate = new Ajv2020({ strict: false, allErrors: true }).compile(schema)

type Health = NonNullable<RunInput['health']>
const healthy: Health = {
  samples: 50,
  columns: 4,
  singularValues: Float64Array.of(8, 4, 2, 1e-9),
  effectiveRank: 3.4,
  rankMe: 1.23,
  norm: 12.345,
  normDeviation: 0.5,
  spread: 0.625,
  nearest: { k: 20, train: 100, queries: 50, top1: 0.5, randomTop1: 0.25 },
  map: { points: Float32Array.of(-2, 5, 2, 6, 0, 5.5), labels: Int32Array.of(0, 3, 3) },
}

function inputWith(health: Health): ReportInput {
  const input = sampleInput({ perClass: 5 })
  return { ...input, runs: input.runs.map((run, i) => (i ? run : { ...run, health })) }
}

it('fits the schema, says what it means, and is the same again from report.json', async () => {
  const report = createReport(inputWith(healthy))
  validate(JSON.parse(JSON.stringify(report.data)))
  expect(validate.errors).toBeNull()
  const { health } = report.data.runs[0]!
  expect(health!.singularValues).toEqual([1, 0.5, 0.25])
  expect(health!.map).toEqual([
    [0, 0.375, 0],
    [1, 0.625, 3],
    [0.5, 0.5, 3],
  ])
  const page = await report.toHtml()
  expect(page).toContain('href="#health"')
  expect(page).toContain('No sign of collapse.')
  expect(page).toContain('effective rank of 3.4 about their mean (1.2 with it, as RankMe counts)')
  expect(page).toMatch(/name 50\.0\s% of 50 images rightly; with random weights in the same encoder 25\.0\s%/)
  const folder = temporaryFolder()
  await report.save(folder)
  expect(await (await loadReport(folder)).toHtml()).toBe(page)
  const table = (name: string) =>
    readFileSync(join(folder, 'plots', name), 'utf8')
      .trim()
      .split(/\r?\n/)
  expect(table('singular-values.csv')).toEqual([
    'run,direction,part of the largest',
    'linear-probe,1,1',
    'linear-probe,2,0.5',
    'linear-probe,3,0.25',
  ])
  expect(table('feature-map.csv')[2]).toBe('linear-probe,1,0.625,cat')
})

it('names a collapse, and an encoder that is no better than random weights, among what to worry about', () => {
  const concerns = (health: Health) => createReport(inputWith(health)).data.concerns.join('\n')
  expect(concerns(healthy)).not.toMatch(/collapsed|random weights/)
  expect(concerns({ ...healthy, spread: 0.001 })).toContain("the encoder's features have collapsed")
  expect(concerns({ ...healthy, effectiveRank: 1.2 })).toContain('effective rank 1.2 of 4')
  const nearest = { ...healthy.nearest, top1: 0.2 }
  expect(concerns({ ...healthy, nearest })).toContain('no better with this encoder')
})

it('tells wholly from partly collapsed', async () => {
  const page = (health: Health) => createReport(inputWith(health)).toHtml()
  expect(await page({ ...healthy, spread: 0.001 })).toContain('Collapsed: whatever the image')
  expect(await page({ ...healthy, effectiveRank: 2.5 })).toContain('Collapsed to few directions')
})

it('has no map of few images, and no section without a probe', async () => {
  const { map, ...rest } = healthy
  expect(map).toBeDefined()
  const without = await createReport(inputWith(rest)).toHtml()
  expect(without).toContain('id="health"')
  expect(without).not.toContain('Map of the features')
  const same = createReport(inputWith({ ...rest, singularValues: new Float64Array(4) }))
  expect(same.data.runs[0]!.health!.singularValues).toEqual([])
  expect(await same.toHtml()).toContain('id="health"')
  expect(await createReport(sampleInput({ perClass: 5 })).toHtml()).not.toContain('id="health"')
})

it('gives the first classes a mark of their own, and the rest one together', async () => {
  const labels = Int32Array.from({ length: 40 }, (_, i) => i % 10)
  const points = Float32Array.from({ length: 80 }, (_, i) => i)
  const page = await createReport(inputWith({ ...healthy, map: { points, labels } })).toHtml()
  const caption = /aria-label="Map of the features of linear-probe">(.*?)<\/figcaption>/s.exec(page)![1]!
  expect(caption.match(/class="mark"/g)).toHaveLength(9)
  expect(caption).toContain('2 other classes')
})
