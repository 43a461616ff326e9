/**
 * Splits made by us: a stratified part of train is held out, by rank of a seeded hash of the content, so that adding a
 * picture moves at most one, and equal pictures (and groups) stay on one side.
 */
import { createHash } from 'node:crypto'
import type { Pace } from './pace'
import { mix32, seedWord, sequentialOrder } from './random'

/** Keeps the draws of hold-outs apart from those of epochs and subsets of the same seed. */
const holdoutStream = 0x686f6c64

export interface HoldoutInput {
  labels: Int32Array
  classes: number
  /** Hexadecimal hash of each sample's content. */
  hashes: readonly string[]
  /** Samples with the same non-empty value stay together. */
  groups?: readonly string[]
  /** 1 = must stay in train, and what must stay with it (pictures of a list). */
  keep?: Uint8Array
  fraction: number
  seed: number
  pace: Pace
}

export interface Holdout {
  /** 1 = held out. */
  mask: Uint8Array
  /** Held-out samples wanted and found, of each class. */
  wanted: number[]
  taken: number[]
  /** Sets of two or more equal pictures, and sets among them that carry two labels (one row each). */
  duplicateSets: number
  conflictingRows: number[]
}

/** Chooses the hold-out: round(fraction · n) of a class of n, but at least 1, and at least 1 stays; a class of 1 stays. */
export async function chooseHoldout(input: HoldoutInput): Promise<Holdout> {
  const { labels, classes, pace } = input
  const counts = new Array<number>(classes).fill(0)
  for (const label of labels) counts[label]!++
  const wanted = counts.map((n) => Math.min(Math.max(1, Math.round(input.fraction * n)), Math.max(0, n - 1)))
  const { unitOf, ...duplicates } = await joinRows(input)
  const units = new Units(unitOf)
  await pace.rest()
  const holdout: Holdout = {
    mask: new Uint8Array(labels.length),
    wanted,
    taken: new Array<number>(classes).fill(0),
    ...duplicates,
  }
  for (const first of await rankUnits(units, input)) {
    const rows = units.rows(first)
    if (!mustStay(rows, input) && bringsCloser(rows, labels, holdout, counts)) take(rows, labels, holdout)
    if (pace.due()) await pace.rest()
  }
  fillEmptyClasses(units, input, holdout, counts)
  return holdout
}

/** Unites rows of equal content or equal group; a unit goes by its first row. */
async function joinRows(
  input: HoldoutInput,
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
class Units {
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
async function rankUnits(units: Units, input: HoldoutInput): Promise<number[]> {
  const { hashes, groups, pace } = input
  const rankOf = (row: number): number => {
    const group = groups?.[row] ?? ''
    return seededRank(group === '' ? hashes[row]! : hashText(group), input.seed, holdoutStream)
  }
  const ranks = new Float64Array(units.firsts.length)
  for (let i = 0; i < ranks.length; i++) {
    ranks[i] = units.rows(units.firsts[i]!).reduce((least, row) => Math.min(least, rankOf(row)), Infinity)
    if (pace.due()) await pace.rest()
  }
  const order = await orderByRank(ranks.length, (i) => ranks[i]!, pace)
  return order.map((i) => units.firsts[i]!)
}

function mustStay(rows: readonly number[], { keep }: HoldoutInput): boolean {
  return keep !== undefined && rows.some((row) => keep[row] === 1)
}

/** True when taking the unit lowers the distance to the wanted counts and leaves each of its classes one sample in train. */
function bringsCloser(
  rows: readonly number[],
  labels: Int32Array,
  holdout: Holdout,
  counts: readonly number[],
): boolean {
  let change = 0
  for (const [label, size] of sizes(rows, labels)) {
    const taken = holdout.taken[label]!
    const wanted = holdout.wanted[label]!
    if (taken + size >= counts[label]!) return false
    change += Math.abs(taken + size - wanted) - Math.abs(taken - wanted)
  }
  return change < 0
}

/** A class none of whose units is small enough still gets its smallest one, so that it is measured. */
function fillEmptyClasses(
  units: Units,
  input: HoldoutInput,
  holdout: Holdout,
  counts: readonly number[],
): void {
  const { labels } = input
  const empty = new Set<number>()
  holdout.taken.forEach((n, label) => n === 0 && holdout.wanted[label]! > 0 && empty.add(label))
  if (empty.size === 0) return
  const candidates = units.firsts.map((first) => units.rows(first))
  const helpful = candidates.filter((rows) => rows.some((row) => empty.has(labels[row]!)))
  for (const rows of helpful.sort((a, b) => a.length - b.length)) {
    const unit = sizes(rows, labels)
    const helps = [...unit.keys()].some((label) => empty.has(label))
    const leavesOne = [...unit].every(([label, size]) => holdout.taken[label]! + size < counts[label]!)
    if (!helps || !leavesOne || holdout.mask[rows[0]!] || mustStay(rows, input)) continue
    take(rows, labels, holdout)
    for (const label of unit.keys()) empty.delete(label)
  }
}

function sizes(rows: readonly number[], labels: Int32Array): Map<number, number> {
  const counts = new Map<number, number>()
  for (const row of rows) counts.set(labels[row]!, (counts.get(labels[row]!) ?? 0) + 1)
  return counts
}

function take(rows: readonly number[], labels: Int32Array, holdout: Holdout): void {
  for (const row of rows) {
    holdout.mask[row] = 1
    holdout.taken[labels[row]!]!++
  }
}

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
