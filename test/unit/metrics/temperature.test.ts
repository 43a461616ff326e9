/** Temperature scaling against scipy's optimum on the twenty drawn cases (test/parity/temperature.py), and by hand. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { analyse, fitTemperature, score, type Predictions } from '../../../lib/metrics'
import { drawnPredictions, type DrawnCase } from './drawn'

const read = <T>(name: string): T =>
  JSON.parse(readFileSync(join(__dirname, '../../fixtures/golden', name), 'utf8')) as T
const cases = read<DrawnCase[]>('metric-cases.json')
const references =
  read<{ seed: number; expected: { temperature: number; nll: number } | null }[]>('temperatures.json')

const divided = ({ logits, labels }: Predictions, temperature: number): Predictions => ({
  logits: logits.map((logit) => logit / temperature),
  labels,
})

test.each(references)("the temperature of case $seed is scipy's", ({ seed, expected }) => {
  const predictions = drawnPredictions(cases.find((one) => one.seed === seed)!)
  const found = fitTemperature(predictions)
  if (expected === null) {
    expect(found).toBeUndefined()
    return
  }
  expect(found!.samples).toBe(predictions.labels.length)
  expect(Math.abs(found!.value / expected.temperature - 1)).toBeLessThan(1e-6)
  expect(score(divided(predictions, found!.value)).nll).toBeCloseTo(expected.nll, 6)
})

test('logits that say what is true have a temperature of 1, those that say twice as much of 2', () => {
  // Of 4 samples with odds of 3 to 1 for the first class, 3 have it.
  const odds = Math.log(3)
  const logits = Float32Array.from([odds, 0, odds, 0, odds, 0, odds, 0])
  const labels = Int32Array.of(0, 0, 0, 1)
  expect(fitTemperature({ logits, labels })!.value).toBeCloseTo(1, 6)
  expect(fitTemperature({ logits: logits.map((logit) => 2 * logit), labels })!.value).toBeCloseTo(2, 6)
})

test.each<[string, number[], number[]]>([
  ['where every sample is right', [3, 0, 0, 3], [0, 1]],
  ['where logits say nothing', [1, 1, 1, 1], [0, 1]],
  ['where they say the contrary', [3, 0, 0, 3, 2, 0], [1, 0, 1]],
  ['where one is not a number', [NaN, 0, 1, 0], [0, 1]],
  ['where one is infinite', [Infinity, 0, 1, 0], [0, 1]],
])('there is no temperature %s', (_, logits, labels) => {
  expect(
    fitTemperature({ logits: Float32Array.from(logits), labels: Int32Array.from(labels) }),
  ).toBeUndefined()
})

describe('a report of a classifier with a temperature', () => {
  const sure = divided(drawnPredictions(cases[14]!), 0.1) // much too sure
  const few = { resamples: 2 }
  const fitted = { samples: 77, fittedOn: 'validation' as const }

  test('by a stored one has the calibration of logits divided by it', () => {
    const { calibrated, scores } = analyse(sure, { ...few, temperature: { value: 5, ...fitted } })
    const { nll, ece, brier, adaptiveEce } = score(divided(sure, 5))
    expect(calibrated!.judgedBy).toBe('stored')
    for (const [name, value] of Object.entries({ nll, ece, brier, adaptiveEce }))
      expect([name, calibrated![name as 'nll']]).toEqual([name, expect.closeTo(value, 6)])
    expect(calibrated!.temperature).toEqual({ value: 5, ...fitted })
    expect(calibrated!.nll).toBeLessThan(scores.nll)
    expect(calibrated!.reliability.reduce((sum, { samples }) => sum + samples, 0)).toBe(scores.samples)
  })

  test('on the pictures that it was fitted on, each half is judged by the other half', () => {
    const temperature = { ...fitTemperature(sure)!, fittedOn: 'validation' as const }
    const { calibrated } = analyse(sure, { ...few, temperature, judgedBy: 'halves' })
    const { labels, logits } = sure
    const rowsOf = (half: number) => Array.from(labels.keys()).filter((row) => row % 2 === half)
    const byHand = [0, 1].map((half) => {
      const value = fitTemperature(sure, rowsOf(1 - half))!.value
      const rows = rowsOf(half)
      const own = {
        logits: Float32Array.from(rows.flatMap((row) => [...logits.subarray(row * 50, (row + 1) * 50)])),
        labels: Int32Array.from(rows, (row) => labels[row]!),
      }
      return score(divided(own, value)).nll
    })
    expect(calibrated!.nll).toBeCloseTo((byHand[0]! + byHand[1]!) / 2, 6)
    expect(calibrated!.nll).toBeGreaterThan(score(divided(sure, temperature.value)).nll)
  })

  test('has none where a half has none of its own, or the classifier has none', () => {
    const logits = Float32Array.of(3, 0, 0, 3, 3, 0, 3, 0)
    const labels = Int32Array.of(0, 1, 0, 1)
    const options = { ...few, temperature: { value: 2, ...fitted }, judgedBy: 'halves' as const }
    expect(analyse({ logits, labels }, options)).not.toHaveProperty('calibrated')
    expect(analyse({ logits, labels }, few)).not.toHaveProperty('calibrated')
  })
})
