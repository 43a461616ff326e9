/** Accuracy by group beside fairlearn and WILDS (test/parity/groups.py), and what is said where groups are small. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { groupAccuracy, type GroupColumn } from '../../../lib/metrics'

interface Case {
  groups: number[]
  right: number[]
  byGroup: number[]
  difference: number
  ratio: number
  wilds: number[]
  worst: number
}
const golden = join(__dirname, '../../fixtures/golden/group-accuracy.json')
const { cases } = JSON.parse(readFileSync(golden, 'utf8')) as { cases: Case[] }

/** Two classes, class 1 the label of all. */
function judged(right: readonly number[]) {
  return {
    logits: Float32Array.from(right.flatMap((one) => [1 - one, one])),
    labels: new Int32Array(right.length).fill(1),
  }
}

function column(of: readonly number[], trained: readonly number[] = []): GroupColumn {
  const count = Math.max(...of, trained.length - 1) + 1
  const groups = Array.from({ length: count }, (_, i) => ({ name: `g${i}`, trained: trained[i] ?? 0 }))
  return { name: 'place', groups, of: Int32Array.from(of) }
}

test.each(cases.map((one, index) => [index, one] as const))('as fairlearn and WILDS: case %i', (_, one) => {
  const [found] = groupAccuracy(judged(one.right), [column(one.groups)])
  const shares = found!.groups.map(({ top1 }) => top1!)
  shares.forEach((share, i) => {
    expect(share).toBeCloseTo(one.byGroup[i]!, 6)
    expect(share).toBeCloseTo(one.wilds[i]!, 6)
  })
  expect(Math.min(...shares)).toBeCloseTo(one.worst, 6)
  expect(found!.gap!.difference).toBeCloseTo(one.difference, 6)
  expect(found!.gap!.ratio).toBeCloseTo(one.ratio, 6)
  const { low, high } = found!.gap!.differenceInterval
  expect(low).toBeLessThanOrEqual(one.difference)
  expect(high).toBeGreaterThanOrEqual(one.difference)
})

test('a gap that is there has a small p, one of chance has not', () => {
  const p = (index: number): number => {
    const { right, groups } = cases[index]!
    return groupAccuracy(judged(right), [column(groups)])[0]!.gap!.p
  }
  expect(p(0)).toBeLessThan(0.01)
  expect(p(3)).toBeCloseTo(1 / 1001)
  expect(p(4)).toBeGreaterThan(0.05)
})

test('the intervals of the gap cover the truth as often as they say', () => {
  let covered = 0
  for (let trial = 0; trial < 40; trial++) {
    let state = trial + 1
    const random = () => (state = (state * 48271) % 2147483647) / 2147483647
    random()
    const groups = Array.from({ length: 120 }, (_, i) => (i < 80 ? 0 : 1))
    const right = groups.map((group) => Number(random() < (group === 0 ? 0.9 : 0.6)))
    const { low, high } = groupAccuracy(judged(right), [column(groups)])[0]!.gap!.differenceInterval
    if (low <= 0.3 && high >= 0.3) covered++
  }
  expect(covered / 40).toBeGreaterThan(0.85)
}, 60_000)

test('a declared group is listed, not estimated where it is small, and never 0', () => {
  const right = [...new Array<number>(20).fill(1), 0, 0, 0]
  const of = [...new Array<number>(20).fill(0), 1, 1, 1]
  const [found] = groupAccuracy(judged(right), [column(of, [10, 10, 10])])
  expect(found!.groups).toMatchObject([
    { name: 'g0', samples: 20, top1: 1 },
    { name: 'g1', samples: 3, trained: 10 },
    { name: 'g2', samples: 0, trained: 10 },
  ])
  expect(found!.groups.map(({ top1 }) => top1)).toEqual([1, undefined, undefined])
  expect(found!.gap).toBeUndefined()
  expect(found!.adjusted).toBeUndefined()
})

test("the adjusted mean weighs groups as Waterbirds' does, by what was trained on", () => {
  const { right, groups, byGroup } = cases[2]!
  const trained = [3498, 184, 56, 1057]
  const [found] = groupAccuracy(judged(right), [column(groups, trained)])
  const expected = byGroup.reduce((sum, share, i) => sum + share * trained[i]!, 0) / 4795
  expect(found!.adjusted).toBeCloseTo(expected, 9)
})
