/** The parts of train that a label-efficiency curve is measured on. */
import { basename } from 'node:path'
import type { LabelEfficiencyConfig } from '../config'
import { openSubset, type Split, type SubsetOptions } from '../dataset'
import { IjepaError } from '../errors'

export interface LabelPoint {
  /** '5 per class', '10 %', or the name of a list. */
  readonly name: string
  /** Labelled pictures, the same for every draw. */
  readonly images: number
  /** Rows of train, by draw. */
  readonly rows: readonly Int32Array[]
}

export interface LabelPoints {
  /** By their number of pictures; of ways to ask for the same number only the first. */
  readonly points: readonly LabelPoint[]
  /** What a person should know of them. */
  readonly notes: readonly string[]
}

export interface LabelPointsOptions {
  readonly train: Split
  readonly classes: readonly string[]
  readonly config: LabelEfficiencyConfig
  /** Of the first draw; the others take those after it. */
  readonly seed: number
  readonly signal: AbortSignal
}

/**
 * Stratified parts, one picture of every class at least; of one draw the smaller lies within the larger.
 * @throws ERR_DATASET: a class has no picture
 */
export async function labelPoints(options: LabelPointsOptions): Promise<LabelPoints> {
  const { train, classes, config } = options
  requireEveryClass(train.perClass, classes, 'train')
  const found: LabelPoint[] = []
  const notes = new Set<string>()
  for (const { name, subset } of waysOf(config)) {
    const point = await openPoint(name, subset, options, notes)
    requireEveryClass(perClass(train, point.rows[0]!), classes, name)
    if (!found.some(({ images }) => images === point.images)) found.push(point)
  }
  return { points: found.sort((a, b) => a.images - b.images), notes: [...notes] }
}

/** Lists first: others that come to the same number give way to them. */
function waysOf({ lists, labelsPerClass, fractions }: LabelEfficiencyConfig) {
  const percent = (fraction: number): string => `${Number((100 * fraction).toPrecision(3))} %`
  const ways: { name: string; subset: SubsetOptions }[] = [
    ...lists.map((list) => ({ name: basename(list), subset: { list } })),
    ...fractions.map((fraction) => ({ name: percent(fraction), subset: { fraction } })),
    ...labelsPerClass.map((perClass) => ({ name: `${perClass} per class`, subset: { perClass } })),
  ]
  return ways
}

/** A list, and all of train, are the same in every draw. */
async function openPoint(
  name: string,
  subset: SubsetOptions,
  { train, classes, config, seed, signal }: LabelPointsOptions,
  notes: Set<string>,
): Promise<LabelPoint> {
  const rows: Int32Array[] = []
  for (let draw = 0; draw < config.seeds; draw++) {
    const context = { seed: seed + draw, classes, option: name, signal }
    const opened = await openSubset(train, subset, context)
    opened.warnings.forEach((warning) => notes.add(warning))
    rows.push(opened.rows)
  }
  return { name, images: rows[0]!.length, rows }
}

function perClass({ labels, perClass }: Split, rows: Int32Array): number[] {
  const counts = perClass.map(() => 0)
  for (const row of rows) counts[labels[row]!]!++
  return counts
}

function requireEveryClass(counts: readonly number[], classes: readonly string[], where: string): void {
  const missing = classes.filter((_, label) => !counts[label])
  if (missing.length === 0) return
  const message = `labelEfficiency: expected a training picture of every class, but ${where} has none of ${missing.slice(0, 5).join(', ')}: leave the suite out, or give pictures of them`
  throw new IjepaError('ERR_DATASET', message, { missing })
}
