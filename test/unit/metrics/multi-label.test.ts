/** Metrics of several labels a sample, against scikit-learn's numbers (test/parity/training.py) and by hand. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSafetensors } from '../../../lib/checkpoint'
import { multiLabelMetrics } from '../../../lib/metrics'
import { RankedClass } from '../../../lib/metrics/ranked-class'

async function golden(name: string): Promise<Float32Array> {
  const { tensors } = await readSafetensors(join(__dirname, '../../fixtures/golden/training.safetensors'))
  const { file, offset, length } = tensors.get(name)!.range
  return new Float32Array(new Uint8Array(readFileSync(file).subarray(offset, offset + length)).buffer)
}

test("loss, mAP and F1 are scikit-learn's, with ties and a class that none has", async () => {
  const truth = await golden('several.truth')
  const sets = Array.from({ length: 40 }, (_, row) =>
    [0, 1, 2, 3, 4].filter((column) => truth[row * 5 + column] === 1),
  )
  const [loss, mAP, f1] = await golden('several.metrics')
  const found = await multiLabelMetrics(await golden('several.logits'), sets, 5)
  expect(found.loss).toBeCloseTo(loss!, 5)
  expect(found.mAP).toBeCloseTo(mAP!, 5)
  expect(found.f1).toBeCloseTo(f1!, 5)
})

test('average precision by hand', () => {
  const precision = (scores: number[], truth: number[]) =>
    new RankedClass(Float32Array.from(scores), Uint8Array.from(truth)).averagePrecision()
  expect(precision([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])).toBeCloseTo(0.5 * 1 + 0.5 * (2 / 3), 6)
  expect(precision([3, 2, 1], [1, 1, 1])).toBe(1)
  expect(precision([1, 1, 1, 1], [0, 1, 0, 0])).toBe(0.25)
})

test('logits that are not finite, and no rows, give NaN', async () => {
  for (const logits of [[NaN, 1], [Infinity, -Infinity], []]) {
    const sets = logits.length === 0 ? [] : [[1]]
    const found = await multiLabelMetrics(Float32Array.from(logits), sets, 2)
    expect([found.loss, found.mAP]).toEqual([NaN, NaN])
  }
})

test('large logits do not overflow', async () => {
  const found = await multiLabelMetrics(Float32Array.from([200, -200]), [[1]], 2)
  expect(found.loss).toBeCloseTo(200, 6)
})

test('macro-F1 is the mean over the classes that occur', async () => {
  // class 0: 1 of 1 found, 1 claimed wrongly; class 1: its one is missed; class 2: none has it.
  const logits = Float32Array.from([1, -1, -1, 1, -1, 2])
  const found = await multiLabelMetrics(logits, [[0], [1]], 3)
  expect(found.macroF1).toBeCloseTo((2 / 3 + 0) / 2, 12)
  expect(found.f1).toBeCloseTo((2 * 1) / (2 + 3), 12)
})

test('pictures without any label count in precision and F1; without any label at all mAP is none', async () => {
  const found = await multiLabelMetrics(Float32Array.of(1, 2), [[], [0]], 1)
  expect(found).toMatchObject({ mAP: 1, f1: 2 / 3, macroF1: 2 / 3 })
  expect(await multiLabelMetrics(Float32Array.of(-1, -2), [[], []], 1)).toMatchObject({ mAP: NaN, f1: 0 })
})
