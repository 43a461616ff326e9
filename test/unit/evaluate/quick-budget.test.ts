/** What the quick budget takes, by the speed that it is told. */
import { allCorruptions, commonCorruptions, resolveEvaluate } from '../../../lib/config'
import { coarse, fewestImages, mostImages, quickChoice } from '../../../lib/evaluate/quick-budget'
import { affordable } from '../../../lib/evaluate/quick-labels'
import { budgetLine, labelNotes, leftOutNotes } from '../../../lib/evaluate/quick-words'
import type { EvaluateRunsOptions } from '../../../lib/evaluate/evaluation'
import type { EvaluateOptions } from '../../../lib'

/** At so many images a second, changed; unchanged ones go twice as fast. */
const at = (imagesPerSecond: number) => ({ encoding: 0.5 / imagesPerSecond, changed: 1 / imagesPerSecond })

const chosen = (imagesPerSecond: number, options: EvaluateOptions = {}, available = 10_000) =>
  quickChoice(at(imagesPerSecond), resolveEvaluate({ suites: 'all', ...options }), available)

/** How long the judgement of changed pictures takes. */
function seconds(imagesPerSecond: number, options?: EvaluateOptions): number {
  const { images, corruptions, severities } = chosen(imagesPerSecond, options)
  return (images * (corruptions.length * severities.length + 12)) / imagesPerSecond
}

test('numbers are coarse, and never above what there is time for', () => {
  expect([1, 6.9, 7, 99, 100, 1499, 2999, 71_000].map(coarse)).toEqual([1, 5, 7, 70, 100, 1000, 2000, 70_000])
  expect([0, 0.4, NaN].map(coarse)).toEqual([0, 0, 0])
})

test('a fast encoder sees all corruptions on the most pictures, slower ones fewer pictures, then fewer changes', () => {
  expect(chosen(10_000)).toMatchObject({
    images: mostImages,
    corruptions: allCorruptions,
    severities: [1, 2, 3, 4, 5],
  })
  expect(chosen(400)).toMatchObject({
    images: 1000,
    corruptions: allCorruptions,
    severities: [1, 2, 3, 4, 5],
  })
  expect(chosen(50)).toMatchObject({ images: 200, corruptions: allCorruptions, severities: [1, 3, 5] })
  expect(chosen(25)).toMatchObject({ images: 200, corruptions: commonCorruptions, severities: [3] })
  expect(chosen(15)).toMatchObject({ images: 200, severities: [3] })
  expect(chosen(15).corruptions).toHaveLength(4)
  expect(chosen(0.1)).toMatchObject({ images: fewestImages, severities: [3] })
})

test('it keeps to its five minutes at every speed that allows the fewest pictures', () => {
  for (let speed = 4; speed < 20_000; speed *= 1.3) expect(seconds(speed)).toBeLessThanOrEqual(300)
})

test('what was given is taken, whatever it costs', () => {
  expect(chosen(1, { severities: [2, 4] })).toMatchObject({ severities: [2, 4] })
  expect(chosen(1, { corruptions: ['snow'] })).toMatchObject({ corruptions: ['snow'], severities: [3] })
  expect(chosen(1, { maxImages: 777 })).toMatchObject({
    images: 777,
    corruptions: allCorruptions,
    severities: [1, 2, 3, 4, 5],
  })
})

test('few pictures are no reason to leave out a change', () => {
  expect(chosen(25, {}, 60)).toMatchObject({
    images: 70,
    corruptions: allCorruptions,
    severities: [1, 2, 3, 4, 5],
  })
})

test('without robustness the sensitivity suite has the time to itself', () => {
  expect(chosen(20, { suites: ['bias'] })).toMatchObject({ images: 500, corruptions: [] })
})

test('of a label-efficiency curve what can be encoded is taken, two points at least', () => {
  const point = (images: number) => ({
    name: `${images}`,
    images,
    rows: [0, 1].map((draw) => Int32Array.from({ length: images }, (_, i) => 2 * i + draw)),
  })
  const points = [1, 10, 100, 1000].map(point)
  const names = (encodedImages: number) =>
    affordable(points, { ...chosen(1), encodedImages }).map(({ name }) => name)
  expect(names(200)).toEqual(['1', '10', '100'])
  expect(names(199)).toEqual(['1', '10'])
  expect(names(0)).toEqual(['1', '10'])
  expect(affordable(points)).toEqual(points)
  expect(chosen(1000)).toMatchObject({ encodedImages: 200_000, judgedImages: 50_000 })
  expect(chosen(0.01)).toMatchObject({ encodedImages: 2, judgedImages: 200 })
})

test('it says what it leaves out and at which speed', () => {
  const options = { suites: 'all' } as const
  const said = { config: resolveEvaluate(options), runs: [{}, {}] } as unknown as EvaluateRunsOptions
  const quick = chosen(50)
  expect(leftOutNotes(200, 10_000, { ...said, quick })).toEqual([
    "Measured on 200 of 10,000 images, of every class alike: the quick budget takes what is done in 5 minutes at 50 images a second, as measured when it began; budget 'full' takes all",
  ])
  expect(leftOutNotes(60, 60, { ...said, quick })).toEqual([])
  const config = resolveEvaluate({ ...options, maxImages: 7 })
  expect(leftOutNotes(7, 60, { config, quick })).toEqual([
    'Measured on 7 of 60 images, of every class alike, as maxImages says',
  ])
  expect(budgetLine(said, quick, 10_000)).toContain(
    '200 of 10,000 images under 19 corruptions at 3 severities and 12 other changes, about 5 min at 50 images a second, judged by 2 runs',
  )
  expect(labelNotes(quick, ['10 %', '100 %'], { images: 200, of: 10_000 }).slice(1)).toEqual([
    'The quick budget leaves out 10 % and 100 %: it encodes up to 10,000 training images, as many as are done in 2 minutes at 100 images a second, as measured when it began',
    'Judged on 200 of 10,000 images, of every class alike: the quick budget takes no more at that speed',
  ])
})
