/** Hands a large array to a worker without holding the event loop. */
import { setImmediate } from 'node:timers/promises'

/** Values copied between two turns of the event loop: 8 MB, some 4 ms. */
const slice = 2 * 1024 * 1024

/** The same values in memory that threads share; copied in slices, or as they are when they already lie there. */
export async function sharedFloats(values: Float32Array): Promise<Float32Array> {
  if (values.buffer instanceof SharedArrayBuffer) return values
  const shared = new Float32Array(new SharedArrayBuffer(values.byteLength))
  for (let begin = 0; begin < values.length; begin += slice) {
    shared.set(values.subarray(begin, begin + slice), begin)
    await setImmediate()
  }
  return shared
}
