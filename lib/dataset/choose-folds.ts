/** k parts of equal classes for cross-validation: stratified and seeded; equal pictures and groups stay in one part. */
import { joinRows, rankUnits, sizesOf, Units, type UnitsInput } from './units'

/** Keeps the draws of folds apart from those of hold-outs, epochs and subsets of the same seed. */
const foldStream = 0x666f6c64

export interface FoldsInput extends UnitsInput {
  /** All classes of each sample, where it may have several. */
  labelSets?: readonly (readonly number[])[]
  classes: number
  folds: number
}

export interface FoldChoice {
  /** [samples]: the fold, from 0, in which the sample is held out; -1: in none, it is always trained on. */
  readonly foldOf: Int16Array
  /** Units: what cannot be parted. */
  readonly units: number
  readonly duplicateSets: number
  readonly conflictingRows: readonly number[]
}

/**
 * Each unit goes to the fold that has the smallest share of its classes so far, of equals to the smallest fold: large units
 * first, then by rank, so that the classes of single pictures differ by at most one between folds. A class that would be held
 * out as a whole, which no training could then know, keeps its smallest unit in training for good.
 */
export async function chooseFolds(input: FoldsInput): Promise<FoldChoice> {
  const { labels, labelSets, pace } = input
  const { unitOf, ...duplicates } = await joinRows(input)
  const units = new Units(unitOf)
  const labelsOf = (row: number): readonly number[] => labelSets?.[row] ?? [labels[row]!]
  const deal = new Deal(input)
  const ranked = await rankUnits(units, input, foldStream)
  const dealt = ranked.map((first) => units.rows(first)).sort((a, b) => b.length - a.length)
  for (const rows of dealt) {
    deal.give(rows, sizesOf(rows, labelsOf))
    if (pace.due()) await pace.rest()
  }
  for (const rows of dealt.reverse()) {
    deal.keepIfWhole(rows, sizesOf(rows, labelsOf))
    if (pace.due()) await pace.rest()
  }
  return { foldOf: deal.foldOf, units: units.firsts.length, ...duplicates }
}

class Deal {
  readonly foldOf: Int16Array
  /** [folds][classes] and [classes], samples. */
  private readonly held: Float64Array[]
  private readonly all: Float64Array
  private readonly sizes: number[]

  constructor({ labels, labelSets, classes, folds }: FoldsInput) {
    this.foldOf = new Int16Array(labels.length).fill(-1)
    this.held = Array.from({ length: folds }, () => new Float64Array(classes))
    this.all = new Float64Array(classes)
    this.sizes = new Array<number>(folds).fill(0)
    labels.forEach((label, row) => {
      for (const each of labelSets?.[row] ?? [label]) this.all[each]!++
    })
  }

  give(rows: readonly number[], unit: ReadonlyMap<number, number>): void {
    const shares = this.held.map((held) => {
      let share = 0
      for (const label of unit.keys()) share += held[label]! / this.all[label]!
      return share
    })
    let fold = 0
    for (let other = 1; other < shares.length; other++) {
      const difference = shares[other]! - shares[fold]!
      const isSmaller = this.sizes[other]! < this.sizes[fold]!
      if (difference < -1e-12 || (difference < 1e-12 && isSmaller)) fold = other
    }
    this.move(rows, unit, fold, 1)
  }

  /** Takes a unit out of its fold where that holds all of one of its classes. */
  keepIfWhole(rows: readonly number[], unit: ReadonlyMap<number, number>): void {
    const fold = this.foldOf[rows[0]!]!
    const isWhole = [...unit.keys()].some((label) => this.held[fold]![label] === this.all[label])
    if (isWhole) this.move(rows, unit, fold, -1)
  }

  private move(rows: readonly number[], unit: ReadonlyMap<number, number>, fold: number, sign: 1 | -1): void {
    for (const row of rows) this.foldOf[row] = sign === 1 ? fold : -1
    for (const [label, size] of unit) this.held[fold]![label]! += sign * size
    this.sizes[fold]! += sign * rows.length
  }
}
