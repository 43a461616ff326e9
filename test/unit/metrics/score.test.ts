import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { score } from '../../../lib/metrics'

interface Golden {
  logits: number[][]
  labels: number[]
  groups: number[]
  expected: Record<string, number> & {
    confusion_rows_true: number[][]
    per_class_accuracy: number[]
    group_top1: Record<string, number>
  }
}
const fixture = join(__dirname, '../../fixtures/golden/metrics.json')
const golden = JSON.parse(readFileSync(fixture, 'utf8')) as Golden

/** Of the references computed in float64, and of those computed in float32. */
const float64Digits = 6
const float32Digits = 4

function predictions(
  rows: readonly (readonly number[])[],
  labels: readonly number[],
  groups?: readonly string[],
) {
  return {
    logits: Float32Array.from(rows.flat()),
    labels: Int32Array.from(labels),
    ...(groups ? { groups } : {}),
  }
}

describe('score on the golden logits', () => {
  const { expected } = golden
  const scores = score(predictions(golden.logits, golden.labels, golden.groups.map(String)))

  test.each([
    ['top1', 'top1'],
    ['top5', 'top5'],
    ['nll', 'nll'],
    ['brier', 'brier'],
    ['meanPerClassAccuracy', 'mean_per_class_accuracy'],
    ['cohenKappa', 'cohen_kappa'],
    ['mcc', 'mcc'],
    ['worstGroupTop1', 'worst_group_top1'],
  ] as const)('%s equals the reference within 1e-6', (name, reference) => {
    expect(Math.abs(scores[name]! - expected[reference]!)).toBeLessThan(10 ** -float64Digits)
  })

  test.each([
    ['ece', 'ece_15_l1'],
    ['maxCalibrationError', 'mce_15_max'],
    ['macroF1', 'macro_f1'],
    ['weightedF1', 'weighted_f1'],
    ['auroc', 'auroc_ovr_macro'],
  ] as const)('%s equals the float32 reference within 1e-4', (name, reference) => {
    expect(Math.abs(scores[name]! - expected[reference]!)).toBeLessThan(10 ** -float32Digits)
  })

  test('confusion matrix, per-class and per-group accuracy equal the reference', () => {
    expect(scores.confusion).toEqual(expected.confusion_rows_true)
    scores.perClassAccuracy.forEach((accuracy, c) => {
      expect(accuracy).toBeCloseTo(expected.per_class_accuracy[c]!, float64Digits)
    })
    for (const [group, top1] of Object.entries(expected.group_top1)) {
      expect(scores.perGroupTop1![group]).toBeCloseTo(top1, float64Digits)
    }
  })
})

describe('score on awkward data', () => {
  test('gives a tie to the lower class index', () => {
    const scores = score(predictions([[1, 1, 0], [1, 1, 0]], [0, 1])) // prettier-ignore
    expect(scores.top1).toBe(0.5)
    expect(scores.confusion).toEqual([[1, 0, 0], [1, 0, 0], [0, 0, 0]]) // prettier-ignore
  })

  test('counts tied scores half in the AUROC, also when rows hold the same logits in another order', () => {
    const scores = score(predictions([[0.1, 0.7, 0.2], [0.1, 0.2, 0.7]], [0, 1])) // prettier-ignore
    expect(scores.auroc).toBe((0.5 + 0) / 2)
  })

  test('means over classes run over the classes present in the labels', () => {
    const scores = score(predictions([[3, 0, 0], [0, 3, 0], [0, 0, 3], [0, 3, 0]], [0, 1, 1, 1])) // prettier-ignore
    expect(scores.meanPerClassAccuracy).toBeCloseTo((1 + 2 / 3) / 2, 12)
    expect(scores.macroF1).toBeCloseTo((1 + 4 / 5) / 2, 12)
    expect(scores.weightedF1).toBeCloseTo((1 + 3 * (4 / 5)) / 4, 12)
    expect(scores.perClassAccuracy[2]).toBeNaN()
  })

  test('leaves the AUROC out when one class alone is present, and calls kappa and Matthews 0', () => {
    const scores = score(predictions([[2, 1], [3, 0]], [0, 0])) // prettier-ignore
    expect(scores).not.toHaveProperty('auroc')
    expect(scores).toMatchObject({ top1: 1, macroF1: 1, cohenKappa: 0, mcc: 0 })
  })

  test('takes a single class', () => {
    expect(score(predictions([[5], [-5]], [0, 0]))).toMatchObject({ top1: 1, nll: 0, brier: 0, ece: 0 })
  })

  test('two perfectly separated classes have an AUROC, a kappa and a Matthews correlation of 1', () => {
    expect(score(predictions([[2, 0], [0, 2], [1, 0]], [0, 1, 0]))).toMatchObject({ auroc: 1, cohenKappa: 1, mcc: 1 }) // prettier-ignore
  })

  test('gives top-5 from six classes on', () => {
    expect(score(predictions([[5, 4, 3, 2, 1]], [4]))).not.toHaveProperty('top5')
    expect(score(predictions([[6, 5, 4, 3, 2, 1], [6, 5, 4, 3, 2, 1]], [5, 4])).top5).toBe(0.5) // prettier-ignore
  })

  test('does not overflow on large logits', () => {
    expect(score(predictions([[1e4, 0], [1e4, 0]], [0, 1]))).toMatchObject({ nll: 5000, brier: 1, ece: 0.5 }) // prettier-ignore
  })

  test.each([NaN, Infinity, -Infinity])('refuses a logit of %p, naming the sample', (value) => {
    expect(() =>
      score(
        predictions(
          [
            [0, 1],
            [value, 1],
          ],
          [0, 1],
        ),
      ),
    ).toThrow(
      // prettier-ignore
      expect.objectContaining({ code: 'ERR_NOT_FINITE', details: { sample: 1 } }),
    )
  })

  test.each([
    ['no samples', predictions([], [])],
    ['a label beyond the classes', predictions([[0, 1]], [2])],
    ['a negative label', predictions([[0, 1]], [-1])],
    ['logits that are no whole number of rows', predictions([[0, 1, 2]], [0, 1])],
    ['too few groups', predictions([[0, 1]], [0], [])],
  ])('refuses %s', (_, input) => {
    expect(() => score(input)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }))
  })
})
