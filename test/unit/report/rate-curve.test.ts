import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RateCurve } from '../../../lib/report'
import { risingRates, smoothed, suggestedRate } from '../../../lib/schedule'

const learningRates = risingRates({ from: 1e-6, to: 1, steps: 61 })
const losses = learningRates.map(
  (rate, i) => 2.3 - 2 / (1 + (1e-3 / rate) ** 2) + (rate > 0.1 ? 4 * (rate - 0.1) : 0) + 0.1 * (i % 3),
)
const means = smoothed(losses)
const suggestion = suggestedRate(learningRates, losses)
const curve = new RateCurve({ learningRates, losses, means, suggestion })

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rate-curve-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true })
})

test('a picture over powers of ten with the suggestion, the same each time, that needs nothing beside it', async () => {
  const [first, again] = ['a.svg', 'b.svg'].map((name) => join(directory, name)) as [string, string]
  await curve.save(first)
  await curve.save(again)
  const svg = readFileSync(first, 'utf8')
  expect(readFileSync(again, 'utf8')).toBe(svg)
  expect(svg).toMatch(
    /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 720 400" [^>]*>[\s\S]*<\/svg>\n$/,
  )
  for (const label of ['1e-6', '1e-3', '0.1', '1', suggestion.toPrecision(3)])
    expect(svg).toContain(`>${label}</text>`)
  expect(svg).not.toMatch(/var\(|url\(|class=|NaN|Infinity|undefined/)
  expect(svg.match(/#0072b2/g)!.length).toBeGreaterThanOrEqual(2)
})

test('where the training diverges the curve leaves the picture', async () => {
  const diverging = losses.map((loss, i) => (i > 55 ? 10 ** (i - 54) : loss))
  const file = join(directory, 'curve.svg')
  await new RateCurve({ learningRates, losses: diverging, means: smoothed(diverging), suggestion }).save(file)
  const svg = readFileSync(file, 'utf8')
  expect(svg).toMatch(/>2\.0<\/text>/)
  expect(svg).not.toMatch(/>(4|10|100)[^<]*<\/text>/)
})

test('a curve of three losses, one range of rates and equal losses can be drawn', async () => {
  const few = { learningRates: [1e-3, 1.1e-3, 1.2e-3], losses: [2, 2, 2], means: [2, 2, 2], suggestion: 1e-3 }
  const file = join(directory, 'few.svg')
  await new RateCurve(few).save(file)
  expect(readFileSync(file, 'utf8')).not.toMatch(/NaN|Infinity|undefined/)
})

test('a file that cannot be written is ERR_FILE', async () => {
  writeFileSync(join(directory, 'file'), '')
  await expect(curve.save(join(directory, 'file', 'curve.svg'))).rejects.toMatchObject({ code: 'ERR_FILE' })
})

test('outside of a notebook the suggestion is printed', async () => {
  const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    await curve.display()
    expect(write).toHaveBeenCalledWith(`Suggested learning rate: ${suggestion.toPrecision(3)}\n`)
  } finally {
    write.mockRestore()
  }
})

test('in tslab the picture is shown inline', async () => {
  const shown: string[] = []
  const tslab = { display: { html: (text: string) => shown.push(text) } }
  Object.assign(globalThis, { __tslab__: { require: () => tslab } })
  try {
    await curve.display()
  } finally {
    Reflect.deleteProperty(globalThis, '__tslab__')
  }
  expect(shown).toHaveLength(1)
  expect(shown[0]).toMatch(/^<svg /)
})
