/** A report's data cut into parts and put together again, and built run by run: to the letter what it was in one piece. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createReport, createReportInTurns, loadReport } from '../../../lib/report'
import { inParts, joined, joinedInTurns, partsOf } from '../../../lib/report/document-parts'
import { reportParts } from '../../../lib/report/read-report'
import { temporaryFolder } from '../../pictures'
import { sampleInput } from './sample'

const input = sampleInput({ perClass: 5 })
const { data } = createReport(input)
const text = JSON.stringify(data)

test('parts are joined to the same text', async () => {
  const parts = await inParts(data)
  expect(parts.runs).toHaveLength(2)
  expect(partsOf(data)).toEqual(parts)
  expect(JSON.stringify(joined(parts))).toBe(text)
  expect(JSON.stringify(await joinedInTurns(parts))).toBe(text)
})

test('a report that is built in turns is the same, and refuses the same', async () => {
  expect(JSON.stringify((await createReportInTurns(input)).data)).toBe(text)
  await expect(createReportInTurns({ ...input, runs: [] })).rejects.toMatchObject({ code: 'ERR_ARGUMENT' })
})

describe('a report.json that is too large to be read on the event loop', () => {
  const folder = join(temporaryFolder(), 'report')
  const file = join(folder, 'report.json')
  mkdirSync(folder)

  test('is read to the same data', async () => {
    writeFileSync(file, JSON.stringify(data) + ' '.repeat(600_000))
    expect(JSON.stringify((await loadReport(folder)).data)).toBe(text)
    expect(joined(await reportParts(file))).toEqual(JSON.parse(readFileSync(file, 'utf8')))
  })

  test.each([
    ['no JSON', '{"formatVersion": 1,'],
    ['no report', '{}'],
    ['of a later version', JSON.stringify({ ...data, formatVersion: 1000 })],
  ])('that is %s is refused by name', async (_, content) => {
    writeFileSync(file, content + ' '.repeat(600_000))
    await expect(loadReport(file)).rejects.toMatchObject({ code: 'ERR_FILE', details: { file } })
  })
})
