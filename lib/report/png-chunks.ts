/** The pieces that a PNG file is made of (W3C's specification, 3rd edition). */
import { crc32 } from 'node:zlib'

export const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** What the third byte from the end of a header says. */
export const pngColours = { rgb: 2, rgba: 6 } as const

/** The header of a picture with 8 bits a channel. */
export function pngHeader(width: number, height: number, colours: keyof typeof pngColours): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, pngColours[colours]], 8)
  return pngChunk('IHDR', header)
}

export function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const ends = Buffer.alloc(8)
  ends.writeUInt32BE(data.length, 0)
  ends.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)])
}
