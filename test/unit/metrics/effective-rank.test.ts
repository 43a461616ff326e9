/** The effective rank beside numpy's (test/parity/health.py), and where it ends. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSafetensors } from '../../../lib/checkpoint'
import { effectiveRank } from '../../../lib/metrics'

it("is numpy's, of features as they are and about their mean", async () => {
  const path = join(__dirname, '../../fixtures/golden/health.safetensors')
  const { tensors } = await readSafetensors(path)
  const values = (name: string): Float64Array => {
    const { offset, length } = tensors.get(name)!.range
    return new Float64Array(new Uint8Array(readFileSync(path).subarray(offset, offset + length)).buffer)
  }
  const [plain, centred] = values('effective_rank')
  expect(effectiveRank(values('singular_values'))).toBeCloseTo(plain!, 10)
  expect(effectiveRank(values('centred_singular_values'))).toBeCloseTo(centred!, 10)
})

it.each([
  [[3, 0, 0], 1],
  [[2, 2, 2, 2], 4],
  [[0, 0], 0],
  [[], 0],
])('of %j is %d', (values, rank) => {
  expect(effectiveRank(values)).toBeCloseTo(rank, 12)
})
