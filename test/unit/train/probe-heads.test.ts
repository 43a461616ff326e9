/** What a probe's candidates are, how many updates they make, and what votes come to. */
import { resolveLinearProbe } from '../../../lib/config'
import { groupsOf, withCandidate } from '../../../lib/train/candidates'
import { neighborScores } from '../../../lib/train/neighbor-votes'
import { updatesPerEpoch } from '../../../lib/train/probe-heads'
import { demo } from '../config/context'

const resolved = (options: Parameters<typeof resolveLinearProbe>[0]) => resolveLinearProbe(options, demo)

test('every kind of features and head has the whole grid; what is chosen stands alone', () => {
  const config = resolved({
    features: 'both',
    head: 'both',
    batchNorm: 'plain',
    sweep: { learningRates: [1, 2], weightDecays: [0, 0.5] },
  })
  const groups = groupsOf(config)
  expect(
    groups.map(({ features, batchNorm, candidates }) => [features, batchNorm, candidates.length]),
  ).toEqual([
    ['last', 'none', 4],
    ['last', 'plain', 4],
    ['last4', 'none', 4],
    ['last4', 'plain', 4],
  ])
  const taken = withCandidate(config, groups[3]!.candidates[3]!)
  expect(taken).toMatchObject({
    features: 'last4',
    head: 'batchnorm-linear',
    learningRate: 2,
    weightDecay: 0.5,
    sweep: null,
  })
  expect(groupsOf(taken)).toEqual([{ ...groups[3], candidates: [groups[3]!.candidates[3]] }])
})

test('what an older version chose says nothing of features and head: they are the recipe’s', () => {
  const config = resolved({ preset: 'adamw', features: 'last4' })
  const older = { learningRate: 0.5, weightDecay: 0.25 }
  expect(withCandidate(config, older)).toMatchObject({
    features: 'last4',
    head: 'linear',
    ...older,
    weightDecayEnd: 0.25,
  })
})

test.each([
  [10, false, 4, 4, 3],
  [9, false, 4, 4, 3],
  [9, true, 4, 4, 2], // one row has no statistics
  [9, true, 3, 3, 3],
  [1, true, 4, 1, 1],
])('%i rows, batch norm %p, in batches of %i', (rows, normalizes, batchSize, _, updates) => {
  const config = resolved({ batchSize, ...(normalizes ? { head: 'batchnorm-linear' } : {}) })
  expect(updatesPerEpoch(rows, config, groupsOf(config))).toBe(updates)
  expect(updatesPerEpoch(rows, { ...config, dropLast: true }, groupsOf(config))).toBe(
    Math.max(1, Math.floor(rows / batchSize)),
  )
})

test('votes are shares, of which a class without any has next to nothing; ties go to the lower class', () => {
  const votes = Float32Array.of(0.75, 0.25, 0, 0, 0.5, 0.5, 0.5, 0, 0, 0, 0, 1)
  const voting = { classes: 3, neighbors: Int32Array.of(5, 1) }
  const [five, one] = neighborScores(votes, Int32Array.of(0, 2), voting)
  expect(five!.top1).toBe(0.5)
  expect(five!.loss).toBeCloseTo((-Math.log(0.75) - Math.log(0.5)) / 2, 5)
  expect(one!.top1).toBe(1)
  expect(one!.loss).toBeCloseTo(0, 5)
  const [missed] = neighborScores(Float32Array.of(1, 0, 0), Int32Array.of(1), {
    classes: 3,
    neighbors: Int32Array.of(1),
  })
  expect(missed!.loss).toBeCloseTo(-Math.log(1e-6), 3)
})
