/** IDX pairs (MNIST's format): raw pixels at fixed places, labels beside them. */
import { open, readFile } from 'node:fs/promises'
import { IjepaError } from '../errors'
import type { Listing } from './listing'
import type { Pace } from './pace'
import { rawChw, rawHwc } from './sample-columns'

/** IDX magic: two zeros, 8 = unsigned bytes, the number of dimensions (yann.lecun.com/exdb/mnist). */
export function isIdx(head: Uint8Array, dimensions: readonly number[]): boolean {
  return head[0] === 0 && head[1] === 0 && head[2] === 8 && dimensions.includes(head[3]!)
}

/** Appends an IDX pair: images [N, H, W] or [N, H, W, C] or [N, C, H, W] with C 1 or 3, labels [N]; classes are '0', '1', …. */
export async function listIdx(listing: Listing, images: string, labels: string, pace: Pace): Promise<void> {
  const pictures = await readIdxHeader(images, [3, 4])
  const classes = await readIdxHeader(labels, [1])
  const [count, ...shape] = pictures.shape
  if (classes.shape[0] !== count) {
    const found = `${count} pictures and ${classes.shape[0]} labels`
    throw idxFault(labels, `expected a label for each picture of ${JSON.stringify(images)}, found ${found}`)
  }
  const geometry = pixelGeometry(images, shape)
  const bytes = shape.reduce((product, size) => product * size, 1)
  const values = (await readFile(labels)).subarray(classes.dataStart)
  const file = listing.samples.addFile(images)
  const place = `${images}!`
  for (let i = 0; i < count!; i++) {
    if (pace.due()) await pace.rest()
    const row = { name: place + i, keyStart: place.length, className: String(values[i]) }
    listing.push(row, { file, offset: pictures.dataStart + i * bytes, length: bytes, ...geometry })
  }
}

function pixelGeometry(
  file: string,
  shape: readonly number[],
): { format: typeof rawHwc | typeof rawChw; width: number; height: number; channels: number } {
  const [a, b, c] = shape
  if (c === undefined) return { format: rawHwc, height: a!, width: b!, channels: 1 }
  if (c === 1 || c === 3) return { format: rawHwc, height: a!, width: b!, channels: c }
  if (a === 1 || a === 3) return { format: rawChw, height: b!, width: c, channels: a }
  throw idxFault(file, `expected 1 or 3 channels first or last, found the shape ${shape.join(' × ')}`)
}

async function readIdxHeader(
  file: string,
  dimensions: readonly number[],
): Promise<{ shape: number[]; dataStart: number }> {
  const handle = await open(file, 'r')
  try {
    const head = Buffer.alloc(20)
    const { bytesRead } = await handle.read(head, 0, head.length, 0)
    if (bytesRead < 8 || !isIdx(head, dimensions)) {
      throw idxFault(
        file,
        `expected an IDX file of bytes in ${dimensions.join(' or ')} dimensions (not compressed)`,
      )
    }
    const shape = Array.from({ length: head[3]! }, (_, i) => head.readUInt32BE(4 + 4 * i))
    if (shape.includes(0)) throw idxFault(file, `its header tells no pictures: ${shape.join(' × ')}`)
    const dataStart = 4 + 4 * shape.length
    const expected = shape.reduce((product, size) => product * size, 1) + dataStart
    const { size } = await handle.stat()
    if (size !== expected) throw idxFault(file, `its header tells ${expected} bytes, the file has ${size}`)
    return { shape, dataStart }
  } finally {
    await handle.close()
  }
}

function idxFault(file: string, what: string): IjepaError {
  return new IjepaError('ERR_DATASET', `${JSON.stringify(file)}: ${what}.`, { file })
}
