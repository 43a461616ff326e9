/** Explained answers in the report: in its data, on its page, and again from report.json. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Ajv2020 from 'ajv/dist/2020'
import { createReport, explanationPage, loadReport, type ReportInput } from '../../../lib/report'
import { temporaryFolder } from '../../pictures'
import { sampleInput, samplePicture } from './sample'

const schema = JSON.parse(readFileSync(join(__dirname, '../../../lib/report/report.schema.json'), 'utf8'))
const validate = new Ajv2020({ strict: false, allErrors: true }).compile(schema)
const picture = samplePicture()
const map = { height: 2, width: 2, weights: Float32Array.of(1, 0, -0.5, 0) }
const hostile = '"><script>alert(1)</script>'

function explainedInput(searched = 24): ReportInput {
  const input = sampleInput({ perClass: 5 })
  const answer = { row: 3, predicted: 4, probability: 0.75, picture, forPredicted: map, attention: map }
  const neighbors = [{ file: hostile, label: 4, similarity: 0.987, thumbnail: picture }]
  const answers = [
    { ...answer, label: 3, forLabel: map, neighbors },
    { ...answer, label: 4, neighbors: [] },
  ]
  const explained = { answers, search: { searched, of: 24 } }
  return { ...input, runs: input.runs.map((run, i) => (i ? run : { ...run, explained })) }
}

it('fits the schema, is on the page, and is the same page again from report.json', async () => {
  const report = createReport(explainedInput())
  validate(JSON.parse(JSON.stringify(report.data)))
  expect(validate.errors).toBeNull()
  const page = await report.toHtml()
  expect(page).toContain('href="#explanations"')
  const section = page.slice(page.indexOf('id="explanations"'), page.indexOf('id="label-issues"'))
  expect(section).toMatch(/<b>deer<\/b>, 75\s%: is cat/)
  expect(section).toMatch(/<b>deer<\/b>, 75\s%: right/)
  expect(section).toContain('alt="Importance for cat, the true class: half of it in 25 % of the patches')
  expect(section).toContain('similarity 0.99')
  expect(section).toContain('among 24 training images')
  expect(page.match(/<script/g)).toHaveLength(1) // of the tables
  const folder = temporaryFolder()
  await report.save(folder)
  expect(await (await loadReport(folder)).toHtml()).toBe(page)
})

it('says how many of the training images were searched, and leaves the section out without pictures', async () => {
  expect(await createReport(explainedInput(10)).toHtml()).toContain('among 10 of 24 training images')
  const without = await createReport(sampleInput({ perClass: 5 })).toHtml()
  expect(without).not.toContain('id="explanations"')
  expect(without).not.toContain('href="#explanations"')
})

it('a page of its own escapes what it is given, and names several images in its title', () => {
  const heat = { height: 1, width: 2, values: [1, 0] }
  const entry = {
    file: hostile,
    picture: '/9j/',
    predictions: [{ label: hostile, probability: 0.9, map: heat }],
    attention: heat,
    neighbors: [],
  }
  const rest = {
    model: hostile,
    neighborsNote: hostile,
    multiLabel: false,
    library: { name: 'a', version: '1' },
  }
  const one = explanationPage({ ...rest, entries: [entry] })
  expect(one).not.toContain('<script>')
  expect(one).toContain('around the middle left')
  const two = explanationPage({ ...rest, entries: [entry, entry] })
  expect(two).toContain('<h1>Explanations of 2 images</h1>')
})
