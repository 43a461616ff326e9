/** A split: samples with labels, names and groups, in columns; and taking samples out of it. */
import type { SampleTable } from '../../binding.gyp'
import type { Listing } from './listing'
import type { Pace } from './pace'
import { RowCopy } from './sample-columns'

export interface Split {
  /** `table.label` is `labels`. */
  readonly table: SampleTable
  /** A printable name a sample: its path, `tar!member`, or `file!index` for raw pixels. */
  readonly names: readonly string[]
  /** Class index of each sample. */
  readonly labels: Int32Array
  /** All classes of each sample, `labels` first, where samples may have several. */
  readonly labelSets?: readonly (readonly number[])[]
  /** Samples of each class; one that has several counts in each. */
  readonly perClass: readonly number[]
  /** Group column -> value of each sample, '' where it has none. */
  readonly groups?: Readonly<Record<string, readonly string[]>>
  /** Where, in each name, the part begins that does not depend on where the data set lies. */
  readonly keyStarts: Int32Array
}

/** The rows of a listing as a split; `labelOf`: class index of each of the listing's class names. */
export async function makeSplit(
  listing: Listing,
  rows: ArrayLike<number>,
  labelOf: ArrayLike<number>,
  classes: number,
  pace: Pace,
): Promise<Split> {
  const table = listing.samples.table()
  const classOf = listing.classOf.values()
  for (let row = 0; row < classOf.length; row++) table.label[row] = labelOf[classOf[row]!]!
  const others = listing.otherClassesOf
  const setOf = (row: number): number[] =>
    [classOf[row]!, ...(others?.get(row) ?? [])].map((index) => labelOf[index]!)
  const whole: Split = {
    table,
    names: listing.names,
    labels: table.label,
    ...(others && { labelSets: Array.from(classOf, (_, row) => setOf(row)) }),
    perClass: new Array<number>(classes).fill(0),
    groups: Object.keys(listing.groups).length > 0 ? listing.groups : undefined,
    keyStarts: listing.keyStarts.values(),
  }
  return subsetInSlices(whole, rows, pace)
}

/** The samples at `positions` of the split, in that order. */
export function subset(split: Split, positions: ArrayLike<number>): Split {
  const copy = new SplitCopy(split, positions)
  copy.copy(0, positions.length)
  return copy.split
}

/** As `subset`, for a million samples: it lets the event loop turn. */
export async function subsetInSlices(split: Split, positions: ArrayLike<number>, pace: Pace): Promise<Split> {
  const copy = new SplitCopy(split, positions)
  const slice = 1 << 14
  for (let begin = 0; begin < positions.length; begin += slice) {
    copy.copy(begin, Math.min(begin + slice, positions.length))
    if (pace.due()) await pace.rest()
  }
  return copy.split
}

class SplitCopy {
  readonly split: Split
  private readonly rows: RowCopy
  private readonly names: string[]
  private readonly labelSets: (readonly number[])[] | undefined
  private readonly groups: Record<string, string[]> | undefined
  private readonly perClass: number[]

  constructor(
    private readonly from: Split,
    private readonly positions: ArrayLike<number>,
  ) {
    this.rows = new RowCopy(from.table, positions)
    this.names = []
    this.labelSets = from.labelSets && []
    this.groups = from.groups && Object.fromEntries(Object.keys(from.groups).map((name) => [name, []]))
    this.perClass = new Array<number>(from.perClass.length).fill(0)
    this.split = {
      table: this.rows.table,
      names: this.names,
      labels: this.rows.table.label,
      ...(this.labelSets && { labelSets: this.labelSets }),
      perClass: this.perClass,
      groups: this.groups,
      keyStarts: new Int32Array(positions.length),
    }
  }

  /** Rows [begin, end), which follow those copied before. */
  copy(begin: number, end: number): void {
    this.rows.copy(begin, end)
    const { from, positions, split } = this
    for (let row = begin; row < end; row++) {
      this.names.push(from.names[positions[row]!]!)
      split.keyStarts[row] = from.keyStarts[positions[row]!]!
      const set = from.labelSets?.[positions[row]!]
      if (set) this.labelSets!.push(set)
      for (const label of set ?? [split.labels[row]!]) this.perClass[label]!++
    }
    for (const [name, values] of Object.entries(this.groups ?? {})) {
      for (let row = begin; row < end; row++) values.push(from.groups![name]![positions[row]!]!)
    }
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
