/**
 * Splits made by us: a stratified part of train is held out, by rank of a seeded hash of the content, so that adding a
 * picture moves at most one, and equal pictures (and groups) stay on one side.
 */
import { joinRows, rankUnits, sizesOf, Units, type UnitsInput } from './units'

/** Keeps the draws of hold-outs apart from those of epochs and subsets of the same seed. */
const holdoutStream = 0x686f6c64

export interface HoldoutInput extends UnitsInput {
  labels: Int32Array
  classes: number
  /** 1 = must stay in train, and what must stay with it (pictures of a list). */
  keep?: Uint8Array
  fraction: number
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
  for (const first of await rankUnits(units, input, holdoutStream)) {
    const rows = units.rows(first)
    if (!mustStay(rows, input) && bringsCloser(rows, labels, holdout, counts)) take(rows, labels, holdout)
    if (pace.due()) await pace.rest()
  }
  fillEmptyClasses(units, input, holdout, counts)
  return holdout
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
  for (const [label, size] of sizesOf(rows, (row) => [labels[row]!])) {
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
    const unit = sizesOf(rows, (row) => [labels[row]!])
    const helps = [...unit.keys()].some((label) => empty.has(label))
    const leavesOne = [...unit].every(([label, size]) => holdout.taken[label]! + size < counts[label]!)
    if (!helps || !leavesOne || holdout.mask[rows[0]!] || mustStay(rows, input)) continue
    take(rows, labels, holdout)
    for (const label of unit.keys()) empty.delete(label)
  }
}

function take(rows: readonly number[], labels: Int32Array, holdout: Holdout): void {
  for (const row of rows) {
    holdout.mask[row] = 1
    holdout.taken[labels[row]!]!++
  }
}
