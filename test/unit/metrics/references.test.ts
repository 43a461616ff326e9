/**
 * Every metric against scikit-learn, torchmetrics, netcal and cleanlab on twenty drawn cases; test/parity/metrics.py has stored what they
 * say, and draws the same numbers.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Scores } from '../../../lib/api'
import { analyse, score } from '../../../lib/metrics'
import { drawnPredictions, type DrawnCase } from './drawn'

interface Case extends DrawnCase {
  /** null: the reference refuses the case. */
  readonly expected: Readonly<Record<string, number | null>> & {
    readonly confusion?: number[][]
    readonly labelIssues: number[]
  }
}
const fixture = join(__dirname, '../../fixtures/golden/metric-cases.json')
const cases = JSON.parse(readFileSync(fixture, 'utf8')) as readonly Case[]

/** torchmetrics adds up in float32; netcal puts a sample that lies on an edge into the other bin. */
const tolerance = (name: string): number => (/ece|calibration/i.test(name) ? 1e-4 : 1e-6)

test.each(cases)('$rows rows of $classes classes, case $seed', ({ expected, ...options }) => {
  const scores = score(drawnPredictions(options))
  const { confusion, labelIssues: _, ...numbers } = expected
  if (confusion) expect(scores.confusion).toEqual(confusion)
  const apart = Object.entries(numbers).filter(([name, reference]) => {
    const ours = scores[name as keyof Scores] as number
    return reference !== null && !(Math.abs(ours - reference) <= tolerance(name))
  })
  expect(apart.map(([name, reference]) => [name, scores[name as keyof Scores], reference])).toEqual([])
  expect('auroc' in scores).toBe('auroc' in numbers) // absent where one class alone has samples
  expect('top5' in scores).toBe('top5' in numbers)
})

test.each(cases.filter(({ classes }) => classes <= 100))(
  "the labels of case $seed that are likely wrong are cleanlab's",
  ({ expected: { labelIssues }, ...options }) => {
    const { count, first } = analyse(drawnPredictions(options), {
      resamples: 2,
      mistakes: Infinity,
    }).labelIssues
    expect(first.map(({ row }) => row).sort((a, b) => a - b)).toEqual(labelIssues)
    expect(count).toBe(labelIssues.length)
  },
)

test('the cases hold twenty, with ties, absent classes, one class, two, and a thousand', () => {
  expect(cases).toHaveLength(20)
  const holds = (predicate: (one: Case) => boolean) => expect(cases.some(predicate)).toBe(true)
  holds(({ step }) => step > 0)
  holds(({ present }) => present > 1)
  holds(({ present }) => present === 0)
  holds(({ classes }) => classes === 2)
  holds(({ classes }) => classes === 1000)
})

test.each([NaN, Infinity, -Infinity])('a logit of %p is refused', (value) => {
  const { logits, labels } = drawnPredictions(cases[0]!)
  logits[17] = value
  expect(() => score({ logits, labels })).toThrow(expect.objectContaining({ code: 'ERR_NOT_FINITE' }))
})
