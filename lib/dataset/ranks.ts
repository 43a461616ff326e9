/** Ranks by a seeded hash: an order of contents that does not depend on where they lie, nor on what else is there. */
import { createHash } from 'node:crypto'
import type { Pace } from './pace'
import { mix32, seedWord } from './random'

/** The start of a text's SHA-256, in hexadecimal. */
export function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

/** An integer below 2^52 of the first 64 bits of a hexadecimal hash, another for each seed and stream. */
export function seededRank(hash: string, seed: number, stream: number): number {
  const start = seedWord(seed, stream)
  const high = mix32(Number.parseInt(hash.slice(0, 8), 16) ^ start)
  const low = mix32(Number.parseInt(hash.slice(8, 16), 16) ^ mix32(start + high))
  return high * 2 ** 20 + (low >>> 12)
}

/** Indices in order of ranks that are spread evenly below 2^52: first into buckets, so that no long sort holds the event loop. */
export async function orderByRank(
  count: number,
  rankOf: (index: number) => number,
  pace: Pace,
): Promise<number[]> {
  const buckets = Array.from({ length: Math.ceil(count / 64) }, () => [] as number[])
  for (let i = 0; i < count; i++) {
    buckets[Math.floor((rankOf(i) / 2 ** 52) * buckets.length)]!.push(i)
    if (pace.due()) await pace.rest()
  }
  const order: number[] = []
  for (const bucket of buckets) {
    order.push(...bucket.sort((a, b) => rankOf(a) - rankOf(b) || a - b))
    if (pace.due()) await pace.rest()
  }
  await pace.rest()
  return order
}
