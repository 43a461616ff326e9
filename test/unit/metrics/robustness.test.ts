/** Errors under corruptions against numbers worked out by hand, and ImageNet-C's normalised ones. */
import { alexNetCleanError, alexNetErrors } from '../../../lib/metrics/alexnet-errors'
import { robustnessScores, type CorruptionResults } from '../../../lib/metrics'

const names = Object.keys(alexNetErrors)

/** Of 10 pictures so many are wrong, the first ones. */
const right = (wrong: number): number[] => Array.from({ length: 10 }, (_, i) => (i < wrong ? 0 : 1))

function results(wrong: readonly (readonly number[])[], more: Partial<CorruptionResults>): CorruptionResults {
  return {
    corruptions: ['fog', 'snow'],
    severities: [1, 5],
    clean: Uint8Array.from(right(2)),
    corrupted: Uint8Array.from(wrong.flat().flatMap(right)),
    averaged: ['fog', 'snow'],
    isImageNet: false,
    ...more,
  }
}

test('errors of each severity, their means, and how much they grow', () => {
  const scores = robustnessScores(
    results(
      [
        [3, 5],
        [4, 8],
      ],
      {},
    ),
  )
  expect(scores.images).toBe(10)
  expect(scores.cleanError).toMatchObject({ value: 0.2, method: 'wilson' })
  expect(scores.corruptions.map(({ errors }) => errors.map(({ value }) => value))).toEqual([
    [0.3, 0.5],
    [0.4, 0.8],
  ])
  expect(scores.corruptions.map(({ mean }) => mean.value)).toEqual([0.4, expect.closeTo(0.6)])
  expect(scores.meanError).toMatchObject({ value: expect.closeTo(0.5), method: 'bootstrap' })
  expect(scores.meanIncrease!.value).toBeCloseTo(0.3)
  expect(scores.meanIncrease!.low).toBeGreaterThan(0)
  expect(scores.mce).toBeNull()
})

test('means are over the corruptions that are averaged; none, and there are none', () => {
  const wrong = [
    [3, 5],
    [4, 8],
  ]
  expect(robustnessScores(results(wrong, { averaged: ['snow'] })).meanError!.value).toBeCloseTo(0.6)
  const scores = robustnessScores(results(wrong, { averaged: [] }))
  expect([scores.meanError, scores.meanIncrease]).toEqual([null, null])
  expect(scores.corruptions[1]!.mean.value).toBeCloseTo(0.6)
})

test('mCE: AlexNet itself has 1, and a classifier that errs everywhere the mean of the inverses', () => {
  const severities = [1, 2, 3, 4, 5]
  const of = (wrong: number, more: Partial<CorruptionResults> = {}) => {
    const all = names.map(() => severities.map(() => wrong))
    const own = { corruptions: names, averaged: names, severities, isImageNet: true }
    return robustnessScores(results(all, { ...own, ...more }))
  }
  const inverses = names.map((name) => 1 / alexNetErrors[name]!)
  const mean = inverses.reduce((sum, value) => sum + value) / 15
  expect(of(10).mce!.value).toBeCloseTo(mean)
  expect(of(5).mce!.value).toBeCloseTo(mean / 2)
  expect(of(5).corruptions[0]!.ce).toBeCloseTo(0.5 / 0.886428)
  const relative = names.map((name) => 0.3 / (alexNetErrors[name]! - alexNetCleanError))
  expect(of(5).relativeMce!.value).toBeCloseTo(relative.reduce((sum, value) => sum + value) / 15)
  expect(of(5, { isImageNet: false }).mce).toBeNull()
  expect(of(5, { severities: [1, 2, 3, 4] }).mce).toBeNull()
  // A slip of the pen in the table would show.
  const total = names.reduce((sum, name) => sum + alexNetErrors[name]!, 0) / 15
  expect(total).toBeCloseTo(0.789, 3)
})

test('extra corruptions stand beside the 15 and have no CE', () => {
  const severities = [1, 2, 3, 4, 5]
  const corruptions = [...names, 'spatter']
  const wrong = corruptions.map((name) => severities.map(() => (name === 'spatter' ? 10 : 5)))
  const scores = robustnessScores(
    results(wrong, { corruptions, severities, averaged: names, isImageNet: true }),
  )
  expect(scores.meanError!.value).toBeCloseTo(0.5)
  expect(scores.corruptions.at(-1)).toMatchObject({ name: 'spatter', ce: null, mean: { value: 1 } })
})
