/** Samples that must not be parted: equal pictures, and those of a group. Each such unit goes to one side of a split. */
import type { Pace } from './pace'
import { sequentialOrder } from './random'
import { hashText, orderByRank, seededRank } from './ranks'

export interface UnitsInput {
  labels: Int32Array
  /** Hexadecimal hash of each sample's content. */
  hashes: readonly string[]
  /** Samples with the same non-empty value stay together. */
  groups?: readonly string[]
  seed: number
  pace: Pace
}

/** Unites rows of equal content or equal group; a unit goes by its first row. */
export async function joinRows(
  input: UnitsInput,
): Promise<{ unitOf: Int32Array; duplicateSets: number; conflictingRows: number[] }> {
  const { labels, hashes, groups, pace } = input
  const unitOf = sequentialOrder(labels.length)
  // One map of a million entries would stop the event loop for each of its growths.
  const firstOfContent = Array.from({ length: 256 }, () => new Map<string, number>())
  const firstOfGroup = new Map<string, number>()
  const repeated = new Set<string>()
  const conflicting = new Map<string, number>()
  for (let row = 0; row < labels.length; row++) {
    const seen = firstOfContent[Number.parseInt(hashes[row]!.slice(0, 2), 16)]!
    const twin = seen.get(hashes[row]!)
    if (twin === undefined) seen.set(hashes[row]!, row)
    else {
      repeated.add(hashes[row]!)
      if (labels[twin] !== labels[row]) conflicting.set(hashes[row]!, row)
      unite(unitOf, twin, row)
    }
    const group = groups?.[row] ?? ''
    const companion = group === '' ? undefined : firstOfGroup.get(group)
    if (companion !== undefined) unite(unitOf, companion, row)
    else if (group !== '') firstOfGroup.set(group, row)
    if (pace.due()) await pace.rest()
  }
  await pace.rest()
  for (let row = 0; row < labels.length; row++) unitOf[row] = find(unitOf, row)
  await pace.rest()
  return { unitOf, duplicateSets: repeated.size, conflictingRows: [...conflicting.values()] }
}

function find(parent: Int32Array, row: number): number {
  let root = row
  while (parent[root] !== root) root = parent[root]!
  for (let at = row; at !== root;) {
    const next = parent[at]!
    parent[at] = root
    at = next
  }
  return root
}

function unite(parent: Int32Array, a: number, b: number): void {
  const [x, y] = [find(parent, a), find(parent, b)]
  parent[Math.max(x, y)] = Math.min(x, y)
}

/** Rows that stay together, as chains through one column: no object a sample. */
export class Units {
  readonly firsts: number[] = []
  private readonly next: Int32Array

  constructor(unitOf: Int32Array) {
    this.next = new Int32Array(unitOf.length).fill(-1)
    for (let row = unitOf.length - 1; row >= 0; row--) {
      const unit = unitOf[row]!
      if (unit === row) this.firsts.push(row)
      else {
        this.next[row] = this.next[unit]!
        this.next[unit] = row
      }
    }
  }

  rows(first: number): number[] {
    const rows: number[] = []
    for (let row = first; row >= 0; row = this.next[row]!) rows.push(row)
    return rows
  }
}

/** First rows of the units, in order of their ranks: the smallest rank of a unit's groups or contents. */
export async function rankUnits(units: Units, input: UnitsInput, stream: number): Promise<number[]> {
  const { hashes, groups, pace } = input
  const rankOf = (row: number): number => {
    const group = groups?.[row] ?? ''
    return seededRank(group === '' ? hashes[row]! : hashText(group), input.seed, stream)
  }
  const ranks = new Float64Array(units.firsts.length)
  for (let i = 0; i < ranks.length; i++) {
    ranks[i] = units.rows(units.firsts[i]!).reduce((least, row) => Math.min(least, rankOf(row)), Infinity)
    if (pace.due()) await pace.rest()
  }
  const order = await orderByRank(ranks.length, (i) => ranks[i]!, pace)
  return order.map((i) => units.firsts[i]!)
}

/** How many of the rows have each class. */
export function sizesOf(
  rows: readonly number[],
  labelsOf: (row: number) => readonly number[],
): Map<number, number> {
  const counts = new Map<number, number>()
  for (const row of rows) for (const label of labelsOf(row)) counts.set(label, (counts.get(label) ?? 0) + 1)
  return counts
}
