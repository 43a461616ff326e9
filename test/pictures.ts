/** Pictures and small data sets that tests make for themselves. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'

/** An 8-bit RGB PNG of `pixels` [height, width, 3]. */
export function png(pixels: Uint8Array, width: number, height: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const rows = Buffer.alloc(height * (1 + 3 * width)) // each row begins with filter 0
  for (let y = 0; y < height; y++)
    rows.set(pixels.subarray(3 * width * y, 3 * width * (y + 1)), y * (1 + 3 * width) + 1)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

/** Pixels around a base colour, from a small deterministic sequence. */
export function noisyPixels(base: readonly [number, number, number], size: number, seed: number): Uint8Array {
  let state = seed + 1
  return Uint8Array.from({ length: 3 * size * size }, (_, i) => {
    state = (state * 1103515245 + 12345) % 2147483648
    return Math.min(255, Math.max(0, (base[i % 3] ?? 0) + (state % 41) - 20))
  })
}

export function temporaryFolder(name = 'ijepa'): string {
  return mkdtempSync(join(tmpdir(), `${name}-`))
}

/** A folder with the classes `blue` and `red`, `perClass` noisy pictures of `size` pixels each. */
export function colourFolder(perClass: number, size: number, firstSeed = 0): string {
  const folder = temporaryFolder('ijepa-colours')
  const colours = { blue: [60, 80, 190], red: [190, 70, 60] } as const
  Object.entries(colours).forEach(([name, colour], index) => {
    mkdirSync(join(folder, name))
    for (let i = 0; i < perClass; i++) {
      const pixels = noisyPixels(colour, size, firstSeed + 1000 * index + i)
      writeFileSync(join(folder, name, `${i}.png`), png(pixels, size, size))
    }
  })
  return folder
}

/** A small encoder with random weights: 32 wide, 2 blocks, 2 heads, patches of 8 on 32 pixels. */
export const tinyEncoder = {
  architecture: { embedDim: 32, depth: 2, heads: 2 },
  patchSize: 8,
  imageSize: 32,
} as const
