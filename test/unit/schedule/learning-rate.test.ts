/** Learning rate and weight decay by update. */
import { learningRateAt, weightDecayAt } from '../../../lib/schedule'

const demo = {
  epochs: 20,
  learningRate: 1e-3,
  minLearningRate: 1e-6,
  warmupEpochs: 2,
  schedule: 'cosine' as const,
  stepEpochs: 5,
  stepGamma: 0.1,
}
const stepsPerEpoch = 31

test('the warm-up is linear from 0 at the first update', () => {
  expect(learningRateAt(demo, 0, stepsPerEpoch)).toBe(0)
  expect(learningRateAt(demo, stepsPerEpoch, stepsPerEpoch)).toBeCloseTo(5e-4, 15)
  expect(learningRateAt(demo, 2 * stepsPerEpoch - 1, stepsPerEpoch)).toBeCloseTo((1e-3 * 61) / 62, 15)
  expect(learningRateAt(demo, 2 * stepsPerEpoch, stepsPerEpoch)).toBe(1e-3)
})

test('the cosine is half way at half the rest and at the least at the end', () => {
  expect(learningRateAt(demo, 11 * stepsPerEpoch, stepsPerEpoch)).toBeCloseTo((1e-3 + 1e-6) / 2, 15)
  expect(learningRateAt(demo, 20 * stepsPerEpoch, stepsPerEpoch)).toBe(1e-6)
  expect(learningRateAt(demo, 25 * stepsPerEpoch, stepsPerEpoch)).toBe(1e-6)
  // 1e-6 + 0.999e-3 · ½ (1 + cos(π · 1.5 / 18)), by hand
  expect(learningRateAt(demo, 3.5 * stepsPerEpoch, stepsPerEpoch)).toBeCloseTo(0.00098297994, 10)
})

test('it never rises after the warm-up', () => {
  for (const schedule of ['cosine', 'step', 'constant'] as const) {
    let last = Infinity
    for (let step = 2 * stepsPerEpoch; step <= 20 * stepsPerEpoch; step++) {
      const rate = learningRateAt({ ...demo, schedule }, step, stepsPerEpoch)
      expect(rate).toBeLessThanOrEqual(last)
      last = rate
    }
  }
})

test('without warm-up the first update has the whole rate; with nothing else the last has nearly', () => {
  expect(learningRateAt({ ...demo, warmupEpochs: 0 }, 0, stepsPerEpoch)).toBe(1e-3)
  const warmupAlone = { ...demo, epochs: 2 }
  expect(learningRateAt(warmupAlone, 2 * stepsPerEpoch - 1, stepsPerEpoch)).toBeCloseTo((1e-3 * 61) / 62, 15)
  expect(Number.isFinite(learningRateAt(warmupAlone, 2 * stepsPerEpoch, stepsPerEpoch))).toBe(true)
})

test('steps multiply by gamma at whole steps, not below the least', () => {
  const steps = { ...demo, schedule: 'step' as const }
  expect(learningRateAt(steps, 5 * stepsPerEpoch - 1, stepsPerEpoch)).toBe(1e-3)
  expect(learningRateAt(steps, 5 * stepsPerEpoch, stepsPerEpoch)).toBeCloseTo(1e-4, 15)
  expect(learningRateAt({ ...steps, minLearningRate: 2e-5 }, 15 * stepsPerEpoch, stepsPerEpoch)).toBe(2e-5)
})

test('weight decay goes from its start to its end by a cosine, or stays', () => {
  const rising = { epochs: 10, weightDecay: 0.04, weightDecayEnd: 0.4 }
  expect(weightDecayAt(rising, 0, 10)).toBeCloseTo(0.04, 12)
  expect(weightDecayAt(rising, 50, 10)).toBeCloseTo(0.22, 12)
  expect(weightDecayAt(rising, 100, 10)).toBe(0.4)
  for (const step of [0, 7, 100]) {
    expect(weightDecayAt({ epochs: 10, weightDecay: 0.05, weightDecayEnd: 0.05 }, step, 10)).toBe(0.05)
  }
})
