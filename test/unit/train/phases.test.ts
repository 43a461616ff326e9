import { phasesOf } from '../../../lib/train/phases'

const stages = [0, 4].map((from) => ({ from, train: ['head'], learningRateScale: 1 }))
const prefix = (blocks: number) => ({ blocks, pooled: false })

test('stages alone are the phases of epochs on pictures', () => {
  expect(phasesOf({ stages, keptOutput: () => undefined }, 6)).toEqual([
    { epoch: 0, epochs: 4, encodings: 0 },
    { epoch: 4, epochs: 2, encodings: 0 },
  ])
  expect(phasesOf({ stages, keptOutput: () => undefined }, 3)).toHaveLength(1)
})

test('each view of a stage is encoded once, and again where the frozen part has become another', () => {
  const keptOutput = (epoch: number) => ({ prefix: prefix(epoch < 4 ? 6 : 4), view: epoch % 2 })
  expect(phasesOf({ stages, keptOutput }, 8)).toEqual([
    { epoch: 0, epochs: 4, encodings: 2 },
    { epoch: 4, epochs: 4, encodings: 2 },
  ])
  expect(phasesOf({ stages, keptOutput: (epoch) => ({ prefix: prefix(6), view: epoch % 2 }) }, 8)).toEqual([
    { epoch: 0, epochs: 4, encodings: 2 },
    { epoch: 4, epochs: 4, encodings: 0 },
  ])
})

test('epochs whose view does not come again train on pictures', () => {
  const keptOutput = (epoch: number) => (epoch === 3 ? undefined : { prefix: prefix(6), view: 0 })
  expect(phasesOf({ stages, keptOutput }, 4)).toEqual([
    { epoch: 0, epochs: 3, encodings: 1 },
    { epoch: 3, epochs: 1, encodings: 0 },
  ])
})
