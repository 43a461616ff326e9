/** Pictures in rows as one picture, and a picture as a PNG file. */
import { setImmediate as turn } from 'node:timers/promises'
import { promisify } from 'node:util'
import { crc32, deflate } from 'node:zlib'

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
const slice = 256

/** An 8-bit RGB PNG (W3C's specification, 3rd edition); its rows are not filtered. */
export async function encodePng({ pixels, height, width }: PlanarPicture): Promise<Buffer> {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const stride = 1 + 3 * width // each row begins with its filter, 0
  const rows = Buffer.alloc(height * stride)
  for (let y = 0; y < height; y++) {
    for (let channel = 0; channel < 3; channel++) {
      let to = y * stride + 1 + channel
      const from = (channel * height + y) * width
      for (let x = 0; x < width; x++, to += 3) rows[to] = pixels[from + x]!
    }
    if (y % slice === 0) await turn()
  }
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  const data = await promisify(deflate)(rows)
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const ends = Buffer.alloc(8)
  ends.writeUInt32BE(data.length, 0)
  ends.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)])
}
