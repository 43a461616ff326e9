/** Logits of a sweep's candidates, through the addon: those that their scores come from. */
import type { LinearProbeOptions } from '../../lib'
import { resolveLinearProbe, type LinearProbeConfig } from '../../lib/config'
import { epochMetrics } from '../../lib/metrics'
import { type Features, Session } from '../../lib/native'
import { groupsOf } from '../../lib/train/candidates'
import { judgeCandidates } from '../../lib/train/sweep-judges'
import { orderOf, pixelFeatures, pixelTable, sessionConfig } from './handles'
import { demo } from '../unit/config/context'

const rows = 24
const labels = pixelTable(rows).label

let session: Session
let features: Features
beforeAll(async () => {
  session = await Session.create(sessionConfig)
  features = await pixelFeatures(session, rows)
})
afterAll(() => session.dispose())

const common = { epochs: 3, batchSize: 8, learningRate: 1e-2, standardize: false }
test.each<[string, LinearProbeOptions]>([
  ['heads', { ...common, head: 'both', sweep: { learningRates: [1e-2, 1e-1] } }],
  ['logistic regressions', { c: [0.1, 10] }],
  ['neighbours', { k: [2, 5] }],
])('of %s', async (_, options) => {
  const config = resolveLinearProbe(options, demo) as LinearProbeConfig & {
    readonly sweep: NonNullable<LinearProbeConfig['sweep']>
  }
  const isHeld = (row: number) => row % 4 === 1 || row === rows - 1
  const judge = { features, rows: orderOf(rows).filter(isHeld) }
  const judgeLabels = judge.rows.map((row) => labels[row]!)
  const groups = groupsOf(config)
  const candidates = await judgeCandidates(
    {
      ...{ session, config, judge, judgeLabels, embedDim: 32, classes: 3, seed: 0 },
      train: { features, rows: orderOf(rows).filter((row) => !isHeld(row)) },
      signal: undefined,
      emit: () => undefined,
    },
    groups,
  )
  const { loss, top1 } = candidates.scores
  const count = groups.reduce((sum, group) => sum + group.candidates.length, 0)
  expect([loss.length, top1.length]).toEqual([count, count])
  for (let candidate = 0; candidate < count; candidate++) {
    const found = await epochMetrics(await candidates.logits(candidate, judge.rows), judgeLabels, 3)
    expect(found.loss).toBeCloseTo(loss[candidate]!, 5)
    expect(found.top1).toBeCloseTo(top1[candidate]!, 6)
    const some = judge.rows.filter((_, place) => place % 2 === 0)
    const part = await candidates.logits(candidate, some)
    const whole = await candidates.logits(candidate, judge.rows)
    expect(part.subarray(3, 6)).toEqual(whole.subarray(6, 9))
  }
  candidates.dispose()
})
