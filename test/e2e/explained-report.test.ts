/** What evaluate adds to a report beside numbers: explained answers, and the health of a probe's encoder. */
import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { Trainer, type Report, type Run, type Trainer as TrainerType } from '../../lib'
import type { ReportDocument } from '../../lib/report'
import { colourFolder, temporaryFolder, tinyEncoder } from '../pictures'
import { probing, quiet } from './runs'

let trainer: TrainerType
let probe: Run
let tuned: Run
let report: Report
const runsOf = ({ data }: Report) => (data as unknown as ReportDocument).runs

beforeAll(async () => {
  trainer = await Trainer.create({
    encoder: tinyEncoder,
    data: { train: colourFolder(12, 32), validation: colourFolder(6, 32, 500) },
    directory: temporaryFolder(),
    threads: 2,
  })
  probe = await trainer.linearProbe({ ...probing, epochs: 1, learningRate: 1e-5 })
  tuned = await trainer.finetune({ ...quiet, epochs: 1, batchSize: 8, learningRate: 1e-4, warmupEpochs: 0 })
  report = await trainer.evaluate([probe, tuned], quiet)
})
afterAll(() => trainer.dispose())

it('explains mistakes and right answers of each run, with the nearest training images', () => {
  for (const { explanations, mistakes } of runsOf(report)) {
    const { answers, search } = explanations!
    expect(search).toEqual({ searched: 24, of: 24 })
    const wrong = answers.filter(({ label, predicted }) => label !== predicted)
    expect(wrong.map(({ file }) => file)).toEqual(mistakes!.slice(0, 4).map(({ file }) => file))
    expect(answers.length - wrong.length).toBeLessThanOrEqual(2)
    for (const { label, predicted, forPredicted, forLabel, attention, neighbors } of answers) {
      expect(forPredicted.values).toHaveLength(16)
      expect(Math.max(...forPredicted.values.map(Math.abs))).toBe(1)
      expect(forLabel !== undefined).toBe(label !== predicted)
      expect([Math.min(...attention.values), Math.max(...attention.values)]).toEqual([0, 1])
      const similarities = neighbors.map(({ similarity }) => similarity)
      expect(similarities).toHaveLength(4)
      expect(similarities).toEqual([...similarities].sort((a, b) => b - a))
      expect(neighbors[0]!.file).toMatch(/^(red|blue)\/\d+\.png$/)
    }
  }
})

it("tells of the probe's encoder alone how healthy its features are, the same every time", async () => {
  const [first, second] = runsOf(report)
  expect(second!.health).toBeUndefined()
  const { samples, columns, effectiveRank, nearest, map } = first!.health!
  expect([samples, columns, nearest.train, nearest.queries, nearest.k]).toEqual([12, 32, 24, 12, 20])
  expect(effectiveRank).toBeGreaterThan(1)
  expect(effectiveRank).toBeLessThan(12)
  expect(map).toHaveLength(12)
  const again = await trainer.evaluate(probe, quiet)
  expect(runsOf(again)[0]!.health).toEqual(first!.health)
  expect(runsOf(again)[0]!.explanations).toEqual(first!.explanations)
})

it('leaves out explanations with the pictures, and keeps the health', async () => {
  const without = await trainer.evaluate(probe, { ...quiet, thumbnails: false })
  const [run] = runsOf(without)
  expect(run!.explanations).toBeUndefined()
  expect(run!.health).toEqual(runsOf(report)[0]!.health)
  const folder = temporaryFolder()
  await without.save(folder)
  expect(readFileSync(join(folder, 'report.html'), 'utf8')).not.toContain('image/jpeg')
})

it('explains on other pictures too; of training pictures that are not the run’s there are no neighbours', async () => {
  const other = await Trainer.create({
    encoder: tinyEncoder,
    data: { train: colourFolder(5, 32, 900), validation: colourFolder(4, 32, 700) },
    directory: temporaryFolder(),
    threads: 2,
  })
  const [run] = runsOf(await other.evaluate(tuned, quiet))
  expect(run!.explanations!.search).toBeNull()
  expect(run!.explanations!.answers.every(({ neighbors }) => neighbors.length === 0)).toBe(true)
  await other.dispose()
})
