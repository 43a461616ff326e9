import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LoaderOptions } from '../../binding.gyp'
import { unlabelled } from '../../lib/dataset'
import { readSafetensors } from '../../lib/checkpoint'
import { Loader } from '../../lib/native'
import { loaderOptions, orderOf } from '../binding/handles'

const folder = join(__dirname, '../fixtures/golden/images')

/** Grey levels that any pixel may differ by from torchvision's antialiased bicubic on Pillow. */
const tolerance = 1

async function expected(name: string): Promise<Uint8Array> {
  const { tensors } = await readSafetensors(join(folder, 'expected.safetensors'))
  const { file, offset, length } = tensors.get(name)!.range
  return new Uint8Array(readFileSync(file).subarray(offset, offset + length))
}

/** [3, height, width] of the picture as an evaluation loader gives it. */
async function load(picture: string, options: Partial<LoaderOptions>): Promise<Uint8Array> {
  const loader = new Loader(unlabelled([join(folder, picture)]), { ...loaderOptions, ...options })
  try {
    loader.start(orderOf(1), 0)
    return (await loader.read()).pixels
  } finally {
    loader.dispose()
  }
}

function largestDifference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length)
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] ?? NaN))), 0)
}

describe.each(['china', 'flower'])('%s.jpg', (name) => {
  it('decodes to the pixels that Pillow gives', async () => {
    const { tensors } = await readSafetensors(join(folder, 'expected.safetensors'))
    const [, height, width] = tensors.get(`${name}.decoded`)!.shape as [number, number, number]
    const pixels = await load(`${name}.jpg`, { height, width, resize: 'squash' })
    expect(largestDifference(pixels, await expected(`${name}.decoded`))).toBeLessThanOrEqual(tolerance)
  })

  it.each([
    ['resize256_center224', 224],
    ['resize36_center32', 32],
  ] as const)('comes to size and is cropped as torchvision does: %s', async (golden, side) => {
    const pixels = await load(`${name}.jpg`, { height: side, width: side, cropFraction: 0.875 })
    expect(largestDifference(pixels, await expected(`${name}.${golden}`))).toBeLessThanOrEqual(tolerance)
  })
})
