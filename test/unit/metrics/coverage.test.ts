import { accuracyByCoverage, analyse, labelIssues } from '../../../lib/metrics'
import { judgeRows } from '../../../lib/metrics/predictions'

/** Two classes, the first predicted, with these confidences (logits) and rightness. */
const rowsOf = (logits: readonly number[], right: readonly boolean[]) =>
  judgeRows({
    logits: Float32Array.from(logits.flatMap((logit) => [logit, 0])),
    labels: Int32Array.from(right, (isRight) => Number(!isRight)),
  })

describe('accuracyByCoverage', () => {
  test('answers the surest first', () => {
    const points = accuracyByCoverage(rowsOf([1, 4, 3, 2], [false, true, true, false]), 4)
    expect(points.map(({ coverage, accuracy }) => [coverage, accuracy])).toEqual([
      [0.25, 1],
      [0.5, 1],
      [0.75, 2 / 3],
      [1, 0.5],
    ])
    expect(points[0]!.confidence).toBeCloseTo(1 / (1 + Math.exp(-4)), 6)
  })

  test('of equal confidences each counts in part, so that their order changes nothing', () => {
    const one = accuracyByCoverage(rowsOf([2, 1, 1, 1], [true, true, false, false]), 4)
    const other = accuracyByCoverage(rowsOf([1, 1, 2, 1], [false, false, true, true]), 4)
    expect(one).toEqual(other)
    expect(one[1]!.accuracy).toBeCloseTo((1 + 1 / 3) / 2, 12)
  })

  test('with fewer samples than points every point has at least one', () => {
    const points = accuracyByCoverage(rowsOf([2, 1], [true, false]), 20)
    expect(points).toHaveLength(20)
    expect(points[0]).toMatchObject({ coverage: 0.5, accuracy: 1 })
    expect(points[19]).toMatchObject({ coverage: 1, accuracy: 0.5 })
  })
})

describe('labelIssues', () => {
  const logits = Float32Array.of(5, 0, 4, 0, 0, 5, 0, 4, 6, 0)
  const labels = Int32Array.of(0, 0, 1, 1, 1) // the last looks like 0 through and through

  test('finds the label that its own class would not have, and says what it looks like', () => {
    const rows = judgeRows({ logits, labels })
    const [issue, ...others] = labelIssues({ logits, labels }, rows)
    expect(others).toEqual([])
    expect(issue).toMatchObject({ row: 4, label: 1, suggested: 0 })
    expect(issue!.probability + issue!.labelProbability).toBeCloseTo(1, 9)
  })

  test('lists as many as asked for and counts all', () => {
    const { labelIssues: found } = analyse({ logits, labels }, { resamples: 2, mistakes: 0 })
    expect(found).toEqual({ count: 1, first: [] })
  })
})
