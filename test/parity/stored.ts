/** What a script of this folder has stored: tensors, and pictures that a session reads as a data set. */
import { readFileSync } from 'node:fs'
import type { readSafetensors } from '../../lib/checkpoint'
import { Loader } from '../../lib/native'
import { loaderOptions } from '../binding/handles'

export type Stored = Awaited<ReturnType<typeof readSafetensors>>['tensors']

export const bytesOf = (tensors: Stored, name: string): Uint8Array => {
  const { file, offset, length } = tensors.get(name)!.range
  return new Uint8Array(readFileSync(file).subarray(offset, offset + length))
}

/** The tensor `pixels`, uint8 [images, 3, side, side], as a loader of them, a class each. */
export function storedPictures(
  tensors: Stored,
  { side, labels, batchSize }: { side: number; labels: Int32Array; batchSize?: number },
): Loader {
  const images = labels.length
  const zeros = new Int32Array(images)
  const size = 3 * side * side
  const table = {
    files: [bytesOf(tensors, 'pixels')],
    file: zeros,
    offset: Float64Array.from(zeros, (_, i) => i * size),
    length: new Float64Array(images).fill(size),
    format: new Uint8Array(images).fill(2),
    width: new Int32Array(images).fill(side),
    height: new Int32Array(images).fill(side),
    channels: new Uint8Array(images).fill(3),
    label: labels,
  }
  return new Loader(table, { ...loaderOptions, resize: 'squash', ...(batchSize ? { batchSize } : {}) })
}
