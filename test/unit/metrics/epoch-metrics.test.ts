/** What a validation pass computes is what a report says of the same logits. */
import { epochMetrics, score } from '../../../lib/metrics'

const logits = Float32Array.from([2, 1, 0, 1, 1, 0, 0, 3, 1, 0, 1, 4, 5, 1, 1, 2, 2, 2])
const labels = Int32Array.of(0, 1, 1, 2, 2, 0)

test('every metric is that of score()', async () => {
  const { loss, ...found } = await epochMetrics(logits, labels, 3)
  const scores = score({ logits, labels }) as unknown as Record<string, number>
  expect(Object.keys(found).sort()).toEqual([
    'cohenKappa',
    'macroF1',
    'mcc',
    'meanPerClassAccuracy',
    'top1',
    'weightedF1',
  ])
  for (const [name, value] of Object.entries(found)) expect([name, value]).toEqual([name, scores[name]])
  expect(loss).toBeCloseTo(scores.nll!, 12)
})

test('a row that is not finite has no loss and is not right', async () => {
  const found = await epochMetrics(Float32Array.of(NaN, NaN, 1, 0), Int32Array.of(0, 0), 2)
  expect(found).toMatchObject({ loss: NaN, top1: 0.5 })
})
