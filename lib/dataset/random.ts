/**
 * Orders and ranks that depend on a seed alone, the same on every machine.
 *
 * Generator: xoshiro128** 1.1 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018). Its four
 * words are mixed from (seed, stream) by the 32-bit finaliser of MurmurHash3 over steps of the golden ratio 0x9e3779b9.
 */

/** Words in [0, 2^32) of xoshiro128** from four 32-bit words of state, not all zero. */
export function xoshiro128(state: readonly [number, number, number, number]): () => number {
  let [a, b, c, d] = state
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = rotateLeft(d, 11)
    return result
  }
}

function rotateLeft(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}

/** The finaliser of MurmurHash3: a bijection of 32-bit words in which every input bit moves every output bit. */
export function mix32(word: number): number {
  let h = word | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** One 32-bit word of a seed (an integer of up to 53 bits) and a stream (an epoch). */
export function seedWord(seed: number, stream: number): number {
  const high = Math.floor(seed / 2 ** 32)
  return mix32(mix32(mix32(seed) ^ Math.imul(high, 0x9e3779b9)) + Math.imul(stream + 1, 0x9e3779b9))
}

/** A generator of its own for every (seed, stream). */
export function generator(seed: number, stream: number): () => number {
  const start = seedWord(seed, stream)
  const word = (i: number): number => mix32(start + Math.imul(i, 0x9e3779b9))
  return xoshiro128([word(1), word(2), word(3), word(4) | 1])
}

const twoTo31 = 2 ** 31

/**
 * The permutation of [0, length) that one epoch visits: Fisher-Yates from the last place to the first, each draw exactly
 * uniform: 31 bits modulo the bound, drawn again at or above the largest multiple of the bound.
 */
export function epochOrder(length: number, seed: number, epoch: number): Int32Array {
  const order = sequentialOrder(length)
  const draw = generator(seed, epoch)
  for (let place = length - 1; place > 0; place--) {
    const bound = place + 1
    let bits = draw() >>> 1
    while (bits >= twoTo31 - bound && bits >= twoTo31 - (twoTo31 % bound)) bits = draw() >>> 1
    const other = bits % bound
    const kept = order[place]!
    order[place] = order[other]!
    order[other] = kept
  }
  return order
}

/** 0, 1, …, length − 1: the order of evaluation. */
export function sequentialOrder(length: number): Int32Array {
  const order = new Int32Array(length)
  for (let i = 0; i < length; i++) order[i] = i
  return order
}

/** `count` of [0, length) at equal distances, or all: of each class as many as of others, where classes stand together. */
export function evenOrder(length: number, count: number): Int32Array {
  const taken = Math.min(length, count)
  return sequentialOrder(taken).map((place) => Math.floor((place * length) / taken))
}
