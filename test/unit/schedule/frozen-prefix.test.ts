/** What of the encoder need not be computed anew. */
import { epochsWithView, frozenPrefix, trainableNames, viewOf } from '../../../lib/schedule'
import { depth, names } from './parameters'

const stage = (from: number, ...train: string[]) => ({ from, train, learningRateScale: 1 })
const trainable = ({ train }: { train: readonly string[] }) => trainableNames(train, names, depth)

test('the prefix ends below the lowest parameter that trains or has trained', () => {
  const stages = [
    stage(0, 'head'),
    stage(2, 'head', 'norm.'),
    stage(4, 'blocks.-2..'),
    stage(6, 'blocks.1..3'),
    stage(8, 'head'),
  ]
  const prefixes = stages.map((one) => frozenPrefix(one, stages, trainable, depth))
  expect(prefixes).toEqual([
    { blocks: 6, pooled: true },
    { blocks: 6, pooled: false },
    { blocks: 4, pooled: false },
    { blocks: 1, pooled: false },
    { blocks: 1, pooled: false }, // blocks 1 to 3 are no longer those that the run began with
  ])
})

test.each(['all', 'bias', 'blocks.0', 'pos_embed', 'patch_embed'])(
  'there is none where %s trains',
  (pattern) => {
    const only = stage(0, 'head', pattern)
    expect(frozenPrefix(only, [only], trainable, depth)).toBeUndefined()
  },
)

test('epochs take the views in turn', () => {
  const stages = [stage(0, 'head'), stage(3, 'bias'), stage(8, 'all')]
  for (const views of [1, 2, 3, 7, 20]) {
    for (const [index, one] of stages.entries()) {
      for (let view = 0; view < views; view++) {
        const epochs = Array.from({ length: 11 }, (_, epoch) => epoch)
        const end = stages[index + 1]?.from ?? 11
        const seen = epochs.filter((e) => e >= one.from && e < end && viewOf(e, views) === view).length
        expect(epochsWithView(one, stages, { epochs: 11 }, { view, views })).toBe(seen)
      }
    }
  }
})

test('a stage after the end of the run has no epochs', () => {
  const stages = [stage(0, 'head'), stage(30, 'all')]
  expect(epochsWithView(stages[1]!, stages, { epochs: 11 }, { view: 0, views: 1 })).toBe(0)
  expect(epochsWithView(stages[0]!, stages, { epochs: 11 }, { view: 0, views: 1 })).toBe(11)
})
