/** A split: samples with labels, names and groups, in columns; and taking samples out of it. */
import type { SampleTable } from '../../binding.gyp'
import type { Listing } from './listing'
import { takeRows } from './sample-columns'

export interface Split {
  /** `table.label` is `labels`. */
  readonly table: SampleTable
  /** A printable name a sample: its path, `tar!member`, or `file!index` for raw pixels. */
  readonly names: readonly string[]
  /** Class index of each sample. */
  readonly labels: Int32Array
  /** Samples of each class. */
  readonly perClass: readonly number[]
  /** Group column -> value of each sample, '' where it has none. */
  readonly groups?: Readonly<Record<string, readonly string[]>>
  /** Where, in each name, the part begins that does not depend on where the data set lies. */
  readonly keyStarts: Int32Array
}

/** `labelOf`: class index of each of the listing's class names. */
export function makeSplit(
  listing: Listing,
  rows: ArrayLike<number>,
  labelOf: ArrayLike<number>,
  classes: number,
): Split {
  const all = listing.samples.table()
  all.label = Int32Array.from(listing.classOf, (index) => labelOf[index]!)
  const whole: Split = {
    table: all,
    names: listing.names,
    labels: all.label,
    perClass: new Array<number>(classes),
    groups: Object.keys(listing.groups).length > 0 ? listing.groups : undefined,
    keyStarts: new Int32Array(listing.keyStarts),
  }
  return subset(whole, rows)
}

/** The samples at `positions` of the split, in that order. */
export function subset(split: Split, positions: ArrayLike<number>): Split {
  const table = takeRows(split.table, positions)
  const keyStarts = new Int32Array(positions.length)
  for (let row = 0; row < positions.length; row++) keyStarts[row] = split.keyStarts[positions[row]!]!
  const groups = Object.entries(split.groups ?? {}).map(
    ([name, values]) => [name, pick(values, positions)] as const,
  )
  return {
    table,
    names: pick(split.names, positions),
    labels: table.label,
    perClass: countClasses(table.label, split.perClass.length),
    groups: split.groups && Object.fromEntries(groups),
    keyStarts,
  }
}

/** The sample's name without the place of the data set. */
export function keyOf(split: Split, row: number): string {
  return split.names[row]!.slice(split.keyStarts[row])
}

/** The rows in [0, length) for which the predicate holds, in order. */
export function positionsWhere(length: number, holds: (row: number) => boolean): Int32Array {
  const positions = new Int32Array(length)
  let count = 0
  for (let row = 0; row < length; row++) if (holds(row)) positions[count++] = row
  return positions.slice(0, count)
}

function pick(values: readonly string[], positions: ArrayLike<number>): string[] {
  const picked = new Array<string>(positions.length)
  for (let row = 0; row < positions.length; row++) picked[row] = values[positions[row]!]!
  return picked
}

function countClasses(labels: Int32Array, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0)
  for (const label of labels) counts[label]!++
  return counts
}
