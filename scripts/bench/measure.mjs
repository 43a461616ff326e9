/** The arithmetic of `npm run bench`: rounds in turn, medians, and what a row asks for. No input or output. */

/** @param {readonly number[]} values at least one */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** How often work that takes `seconds` is repeated, so that a round is long enough to be timed well. */
export function repetitions(seconds, roundSeconds = 0.4) {
  return Math.max(1, Math.ceil(roundSeconds / Math.max(seconds, 1e-6)))
}

/**
 * Medians of the sides' seconds. Every round asks each side once, the first one another each time, so that what slows the
 * machine down for a while slows all of them. Two calls before the rounds warm up; the second one says how often to repeat.
 *
 * @param {Readonly<Record<string, (times: number) => Promise<number>>>} sides seconds of one unit of work, as the mean of `times`
 * @param {number} rounds
 */
export async function interleave(sides, rounds) {
  const names = Object.keys(sides)
  const times = {}
  for (const name of names) {
    await sides[name](1)
    times[name] = repetitions(await sides[name](1))
  }
  const taken = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length]
      taken[name].push(await sides[name](times[name]))
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(taken[name])]))
}

/**
 * Multiply-adds of one picture's forward pass.
 *
 * @param {{ embedDim: number, depth: number, mlpDim: number, patchSize: number, imageHeight: number, imageWidth: number }} geometry
 * @param {number} classes
 */
export function multiplyAdds({ embedDim, depth, mlpDim, patchSize, imageHeight, imageWidth }, classes) {
  const tokens = (imageHeight / patchSize) * (imageWidth / patchSize)
  const patches = tokens * 3 * patchSize * patchSize * embedDim
  const layers = tokens * (4 * embedDim * embedDim + 2 * embedDim * mlpDim)
  const attention = 2 * tokens * tokens * embedDim
  return patches + depth * (layers + attention) + embedDim * classes
}

/** Floating-point operations of a training step: forward, gradient of the input, gradient of the weights, 2 a multiply-add. */
export const stepOperations = (geometry, classes, images) => 6 * multiplyAdds(geometry, classes) * images

/**
 * What a row asks for, in words, and whether its figure reaches it.
 *
 * @param {number} figure
 * @param {{ atLeast?: number, atMost?: number, goal?: number }} required
 */
export function judge(figure, { atLeast, atMost, goal }) {
  if (atLeast === undefined && atMost === undefined) return { required: '', verdict: '' }
  const reaches = atLeast === undefined ? figure <= atMost : figure >= atLeast
  const bound = atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`
  return {
    required: goal === undefined ? bound : `${bound} (goal ${goal})`,
    verdict: reaches ? 'pass' : 'short',
  }
}

/** Largest absolute difference of two arrays of one length. */
export function largestDifference(a, b) {
  if (a.length !== b.length) throw new Error(`Expected ${a.length} values on both sides, got ${b.length}`)
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i])), 0)
}
