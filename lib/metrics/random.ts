/** The random numbers of resampling, from a seed alone. */

// Millions are drawn; where a test has globals of its own each look-up of one takes as long as a draw.
const { floor, imul } = Math

/**
 * Whole numbers below `bound`, by mulberry32 (T. Ettinger, 2017): a counter stepped by an odd constant and mixed. Draws
 * are uniform up to bound / 2^32.
 */
export function drawsBelow(bound: number, seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = imul(state ^ (state >>> 15), state | 1)
    t ^= t + imul(t ^ (t >>> 7), t | 61)
    return floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * bound)
  }
}
