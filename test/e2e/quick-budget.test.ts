/** The quick budget: chosen by the speed that is measured, kept, said, and the same when an evaluation goes on. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EvaluateOptions, Run, TrainEvent, Trainer } from '../../lib'
import { resolveEvaluate } from '../../lib/config'
import { openSplit } from '../../lib/dataset'
import type { AccuracyResult } from '../../lib/evaluate/accuracy'
import { measuredSpeed } from '../../lib/evaluate/quick-speed'
import type { QuickChoice } from '../../lib/evaluate/quick-budget'
import { openClassifier } from '../../lib/inference'
import type { ReportDocument } from '../../lib/report/report-data'
import type { Plan } from '../../lib/train'
import { colourFolder, temporaryFolder } from '../pictures'
import { makeTrainer, probing, quiet } from './runs'

const pictures = { train: colourFolder(12, 32), validation: colourFolder(30, 32, 500) }
let trainer: Trainer
let run: Run

beforeAll(async () => {
  trainer = await makeTrainer(pictures)
  run = await trainer.linearProbe({ ...probing, cache: temporaryFolder() })
})
afterAll(() => trainer.dispose())

const kept = () => join(run.directory, 'suites', 'quick-budget.json')

interface Kept {
  readonly results: Readonly<Record<string, QuickChoice>>
}

async function evaluated(options: EvaluateOptions = {}) {
  const said: string[] = []
  const onEvent = (event: TrainEvent): void => {
    if (event.type === 'warning' && event.code === 'WARN_BUDGET') said.push(event.message)
  }
  const suites = ['robustness', 'bias', 'labelEfficiency'] as const
  const small = { corruptions: ['fog'], labelsPerClass: [1, 2], fractions: [1], seeds: 2, thumbnails: false }
  const given = { ...quiet, suites, ...small, health: false, onEvent, ...options }
  const { data } = await trainer.evaluate(run, given)
  const { runs, labelEfficiency } = data as ReportDocument
  return { ...runs[0]!, labels: labelEfficiency?.[0], said }
}

it('takes what there is where the encoder is fast, keeps its choice, and goes on with what was kept', async () => {
  const first = await evaluated()
  expect(first.robustness).toMatchObject({ images: 60, severities: [1, 2, 3, 4, 5] })
  expect(first.said).toHaveLength(1)
  expect(first.said[0]).toContain('60 of 60 images under 1 corruption at 5 severities and 12 other changes')
  const file = JSON.parse(readFileSync(kept(), 'utf8')) as Kept
  const [[key, choice]] = Object.entries(file.results) as [[string, QuickChoice]]
  expect(choice).toMatchObject({ images: 2000, corruptions: ['fog'] })
  expect(choice.speed.changed).toBeGreaterThan(choice.speed.encoding)

  const slow: QuickChoice = {
    ...choice,
    ...{
      images: 10,
      severities: [3],
      encodedImages: 1,
      judgedImages: 20,
      speed: { encoding: 5, changed: 10 },
    },
  }
  writeFileSync(kept(), JSON.stringify({ ...file, results: { [key]: slow } }))
  const again = await evaluated()
  expect(again.robustness).toMatchObject({ images: 10, severities: [3] })
  expect(again.sensitivity).toMatchObject({ images: 10 })
  expect(again.robustness!.notes[0]).toContain('10 of 60 images')
  expect(again.robustness!.notes[0]).toContain('at 0.1 images a second')
  expect(again.labels!.points.map(({ name }) => name)).toEqual(['1 per class', '2 per class'])
  expect(again.labels!.notes.join()).toContain('Judged on 20 of 60 images')

  // What is no choice is measured again; other options are another choice.
  writeFileSync(kept(), JSON.stringify({ ...file, results: { [key]: { ...choice, corruptions: ['rain'] } } }))
  expect((await evaluated({ suites: ['bias'], maxImages: 8 })).sensitivity).toMatchObject({ images: 8 })
  const left = JSON.parse(readFileSync(kept(), 'utf8')) as Kept
  expect(Object.values(left.results).map(({ images }) => images)).toEqual([8])
}, 120_000)

it('nothing is measured for accuracy alone; health is left out by itself', async () => {
  const before = readFileSync(kept(), 'utf8')
  const { said, scores, health } = await evaluated({ suites: ['accuracy'] })
  expect(said).toEqual([])
  expect(scores.top1).toBeDefined()
  expect(health).toBeUndefined()
  expect(readFileSync(kept(), 'utf8')).toBe(before)
})

it('speed is what accuracy had, with the time that changes take by an injected clock', async () => {
  const { session, model } = await openClassifier(run.directory, { device: 'cpu', threads: 1 })
  await session.dispose()
  const split = await openSplit(pictures.validation, ['blue', 'red'])
  const plan = { loading: { threads: 1, alpha: 'white', onBadImage: 'throw' } } as unknown as Plan
  const results = [20, 50].map((imagesPerSecond) => ({ model, imagesPerSecond }) as unknown as AccuracyResult)
  const config = resolveEvaluate({ suites: ['robustness'], corruptions: ['fog', 'contrast'] })
  let time = 0
  const now = () => (time += 32_000) // of 2 changes of 32 pictures each
  const { signal } = new AbortController()
  const { encoding, changed } = await measuredSpeed(results, config, { plan, split, signal, now })
  expect(encoding).toBe(1 / 20)
  expect(changed).toBeCloseTo(1 / 20 + 1 / 50 + 2 * 0.5, 12)
})
