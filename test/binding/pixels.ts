/** What a loader makes of pictures. */
import type { LoaderOptions, SampleTable } from '../../binding.gyp'
import { Loader } from '../../lib/native'

/** Pixels by sample. */
export async function pixelsBySample(
  table: SampleTable,
  options: LoaderOptions,
  order: Int32Array,
): Promise<Map<number, Buffer>> {
  const loader = new Loader(table, options)
  const found = new Map<number, Buffer>()
  loader.start(order, 0)
  for (;;) {
    const { pixels, samples } = await loader.read()
    if (samples.length === 0) break
    const size = pixels.length / samples.length
    samples.forEach((sample, row) =>
      found.set(sample, Buffer.from(pixels.subarray(row * size, (row + 1) * size))),
    )
  }
  loader.dispose()
  return found
}
