/** What begins to train at a later freezing stage. */
import { newcomersOf, newcomerWarmup, parameterGroups, trainableNames } from '../../../lib/schedule'
import { depth, names, parameters } from './parameters'

const stage = (from: number, ...train: string[]) => ({ from, train, learningRateScale: 1 })
const stages = [stage(0, 'head'), stage(3, 'blocks.-2..'), stage(10, 'all'), stage(12, 'head', 'bias')]
const trainable = ({ train }: { train: readonly string[] }) => trainableNames(train, names, depth)
const newcomers = (index: number) => newcomersOf(stages[index]!, stages, trainable)

test('newcomers are those that no stage before has trained, paused ones not among them', () => {
  expect(newcomers(0)).toEqual([])
  expect(newcomers(1)).toEqual(trainableNames(['blocks.-2..'], names, depth))
  expect(newcomers(2)).toEqual(trainableNames(['patch_embed', 'blocks.0..3'], names, depth)) // the head is not new
  expect(newcomers(3)).toEqual([])
})

test('their warm-up begins at 0 with the stage, and is as long as the run’s', () => {
  const at = (epoch: number) => newcomerWarmup(stages, { epochs: 20, warmupEpochs: 4 }, epoch)
  expect([0, 0.5, 2.9].map(at)).toEqual([1, 1, 1]) // the run's own is at work there
  expect([3, 4, 5, 7, 9.9].map(at)).toEqual([0, 0.25, 0.5, 1, 1])
  expect([10, 11].map(at)).toEqual([0, 0.5]) // a stage of two epochs
  expect([12, 16, 19].map(at)).toEqual([0, 1, 1])
})

test('the last stage ends with the run, and without a warm-up there is none', () => {
  expect(newcomerWarmup([stage(0, 'head'), stage(2, 'all')], { epochs: 4, warmupEpochs: 9 }, 3)).toBe(0.5)
  expect(newcomerWarmup(stages, { epochs: 20, warmupEpochs: 0 }, 3)).toBe(1)
})

test('the warm-up scales the groups of the newcomers alone', () => {
  const warmup = { names: new Set(trainableNames(['blocks.-2..'], names, depth)), scale: 0.25 }
  const options = { trainable: names, layerDecay: 0.5, weightDecay: 0.05, depth, learningRateScale: 2 }
  const plain = parameterGroups(parameters, options)
  const warming = parameterGroups(parameters, { ...options, warmup })
  const scaleOf = (groups: typeof plain, name: string) =>
    groups.find((group) => group.names.includes(name))!.learningRateScale
  for (const name of names) {
    const factor = warmup.names.has(name) ? 0.25 : 1
    expect([name, scaleOf(warming, name)]).toEqual([name, factor * scaleOf(plain, name)])
  }
})
