import { join } from 'node:path'
import {
  encoderNames,
  inspect,
  parameterShape,
  safetensorsHeader,
  type TensorStatistics,
} from '../../../lib/checkpoint'
import { floatValues } from '../../../lib/checkpoint/inspect'
import { tiny, write } from './scratch'

const shape = { embedDim: 8, depth: 1, mlpDim: 16, patchSize: 2, imageHeight: 4, imageWidth: 4 }

/** An encoder of ones, but for its last four values. */
function encoderOfOnes(name: string, last: readonly number[]): string {
  const tensors = encoderNames(1).map((tensor) => ({
    name: tensor,
    dtype: 'F32' as const,
    shape: parameterShape(tensor, shape),
  }))
  const count = tensors.reduce((sum, tensor) => sum + tensor.shape.reduce((a, b) => a * b, 1), 0)
  const values = new Float32Array(count).fill(1)
  values.set(last, count - last.length)
  return write(name, Buffer.concat([safetensorsHeader(tensors), Buffer.from(values.buffer)]))
}

test('headers alone say what it is, without heads where nothing says them', async () => {
  const info = await inspect(join(tiny, 'official.pth.tar'))
  expect(info).toMatchObject({
    architecture: { embedDim: 48, depth: 3, mlpRatio: 4 },
    patchSize: 4,
    imageSize: 32,
  })
  expect(info.architecture.heads).toBeUndefined()
  expect(info).not.toHaveProperty('tensors')
})

test('deep: norms of the finite values, counts of the others', async () => {
  const { tensors } = await inspect(encoderOfOnes('ones.safetensors', [NaN, -Infinity, -3, 4]), {
    deep: true,
  })
  const statistics = tensors as TensorStatistics[]
  expect(statistics.map(({ name }) => name)).toEqual(encoderNames(1))
  expect(statistics[0]).toEqual({
    name: 'pos_embed',
    shape: [1, 4, 8],
    norm: Math.sqrt(32),
    largest: 1,
    nan: 0,
    infinite: 0,
  })
  expect(statistics.at(-1)).toMatchObject({
    name: 'norm.bias',
    norm: Math.sqrt(4 + 9 + 16),
    largest: 4,
    nan: 1,
    infinite: 1,
  })
})

test('an aborted signal ends it with its reason', async () => {
  const reason = new Error('enough')
  await expect(inspect(join(tiny, 'hf'), { deep: true, signal: AbortSignal.abort(reason) })).rejects.toBe(
    reason,
  )
  const controller = new AbortController()
  const inspection = inspect(join(tiny, 'hf'), { deep: true, signal: controller.signal })
  controller.abort(reason)
  await expect(inspection).rejects.toBe(reason)
})

test('half and brain floats', () => {
  const bytes = (...bits: number[]) => new Uint8Array(Uint16Array.from(bits).buffer)
  const halves = floatValues(bytes(0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00, 0xfc00, 0x7e00, 0x3555), 'F16')
  expect([...halves.slice(0, 7)]).toEqual([1, -2, 65504, 2 ** -24, Infinity, -Infinity, NaN])
  expect(halves[7]).toBeCloseTo(1 / 3, 3)
  expect([...floatValues(bytes(0x3f80, 0xc000, 0x7f80, 0x7fc0), 'BF16')]).toEqual([1, -2, Infinity, NaN])
})
