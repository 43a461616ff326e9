/** Pictures in rows as one picture, and a picture as a PNG file. */
import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { createDeflate } from 'node:zlib'
import { pngChunk, pngHeader, pngSignature } from './png-chunks'

export interface Sides {
  readonly height: number
  readonly width: number
}

export interface PlanarPicture extends Sides {
  /** uint8 [3, height, width]. */
  readonly pixels: Uint8Array
}

/** Pixels between pictures, and between the first of a row and the others. */
const gap = 4
const firstGap = 16

/** Rows of pictures, uint8 [3, height, width] each, on white; the first of each row stands apart. */
export async function pictureGrid(
  rows: readonly (readonly Uint8Array[])[],
  { height, width }: Sides,
): Promise<PlanarPicture> {
  const columns = Math.max(1, ...rows.map((row) => row.length))
  const sides = {
    height: rows.length * (height + gap) + gap,
    width: columns * (width + gap) + gap + (columns > 1 ? firstGap - gap : 0),
  }
  const pixels = new Uint8Array(3 * sides.height * sides.width).fill(255)
  for (const [row, pictures] of rows.entries()) {
    for (const [column, picture] of pictures.entries()) {
      const left = gap + column * (width + gap) + (column > 0 ? firstGap - gap : 0)
      for (let line = 0; line < 3 * height; line++) {
        const y = Math.floor(line / height) * sides.height + gap + row * (height + gap) + (line % height)
        pixels.set(picture.subarray(line * width, (line + 1) * width), y * sides.width + left)
      }
    }
    await turn()
  }
  return { ...sides, pixels }
}

/** Rows of pixels that are put in order before the event loop turns. */
const slice = 64

/** The bytes of an 8-bit RGB PNG, piece by piece; its rows are not filtered. */
export async function* encodePng(picture: PlanarPicture): AsyncGenerator<Uint8Array> {
  yield pngSignature
  yield pngHeader(picture.width, picture.height, 'rgb')
  const packed = Readable.from(lines(picture)).pipe(createDeflate({ chunkSize: 1 << 20 }))
  for await (const data of packed) yield pngChunk('IDAT', data as Buffer)
  yield pngChunk('IEND', Buffer.alloc(0))
}

/** Rows from top to bottom, each begun by its filter, 0. */
function* lines({ pixels, height, width }: PlanarPicture): Generator<Buffer> {
  const stride = 1 + 3 * width
  for (let top = 0; top < height; top += slice) {
    const rows = Buffer.alloc(Math.min(slice, height - top) * stride)
    for (let row = 0; row * stride < rows.length; row++) {
      for (let channel = 0; channel < 3; channel++) {
        let to = row * stride + 1 + channel
        const from = (channel * height + top + row) * width
        for (let x = 0; x < width; x++, to += 3) rows[to] = pixels[from + x]!
      }
    }
    yield rows
  }
}
