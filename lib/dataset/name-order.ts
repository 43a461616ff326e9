/** The order of names: by code points, as Python's `sorted` (JavaScript's own order is by UTF-16 units). */
import type { Pace } from './pace'

/** Negative, zero or positive, as `Array.prototype.sort` wants it. */
export function compareCodePoints(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length)
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return unitRank(x) - unitRank(y)
  }
  return a.length - b.length
}

/** Surrogates stand for code points above U+FFFF, so they rank after U+E000..U+FFFF. */
function unitRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

/** A copy in code-point order; merge sort in slices, so that a million names do not hold the event loop. */
export async function sortNames(names: readonly string[], pace: Pace): Promise<string[]> {
  const run = 4096
  let sorted: string[] = []
  for (let begin = 0; begin < names.length; begin += run) {
    for (const name of names.slice(begin, begin + run).sort(compareCodePoints)) sorted.push(name)
    if (pace.due()) await pace.rest()
  }
  for (let width = run; width < sorted.length; width *= 2) {
    const merged: string[] = []
    for (let begin = 0; begin < sorted.length; begin += 2 * width) {
      await mergeInto(merged, sorted, begin, begin + width, begin + 2 * width, pace)
    }
    sorted = merged
  }
  return sorted
}

async function mergeInto(
  out: string[],
  from: string[],
  begin: number,
  middle: number,
  end: number,
  pace: Pace,
): Promise<void> {
  let left = begin
  let right = Math.min(middle, from.length)
  const leftEnd = right
  const rightEnd = Math.min(end, from.length)
  while (left < leftEnd || right < rightEnd) {
    const takeLeft =
      right >= rightEnd || (left < leftEnd && compareCodePoints(from[left]!, from[right]!) <= 0)
    out.push(takeLeft ? from[left++]! : from[right++]!)
    if ((out.length & 1023) === 0 && pace.due()) await pace.rest()
  }
}
