/** The health of a representation: what report.json holds of it, what it means in words, and its tables. */
import type { RepresentationHealth } from '../metrics'
import type { Table } from './csv'
import type { ReportDocument, RunSection } from './report-data'
import { className, count, percent } from './words'

export interface HealthSection extends Omit<RepresentationHealth, 'singularValues' | 'map'> {
  /** Parts of the largest one, which is 1; empty where all features are the same. */
  readonly singularValues: readonly number[]
  /** [x, y, class] of some images, both coordinates from 0 to 1. */
  readonly map: readonly (readonly [number, number, number])[]
}

/** Directions whose singular value is smaller than this part of the largest are rounding. */
const smallest = 1e-6

export function healthOf({ singularValues, map, ...health }: RepresentationHealth): HealthSection {
  const [largest = 0] = singularValues
  const shares = Array.from(singularValues, (value) => value / largest).filter((share) => share > smallest)
  return {
    ...health,
    singularValues: shares.map((share) => Number(share.toPrecision(4))),
    map: map ? scaled(map.points, map.labels) : [],
  }
}

/** Into a square, undistorted. */
function scaled(points: Float32Array, labels: Int32Array): [number, number, number][] {
  const axis = (which: number) => points.filter((_, i) => i % 2 === which)
  const [xs, ys] = [axis(0), axis(1)] as const
  const range = (values: Float32Array) => ({
    least: values.reduce((a, b) => Math.min(a, b), Infinity),
    most: values.reduce((a, b) => Math.max(a, b), -Infinity),
  })
  const [x, y] = [range(xs), range(ys)]
  const side = Math.max(x.most - x.least, y.most - y.least, 1e-9)
  const place = (value: number, { least, most }: typeof x): number =>
    Number((0.5 + (value - (least + most) / 2) / side).toFixed(4))
  return Array.from(labels, (label, i) => [place(xs[i]!, x), place(ys[i]!, y), label])
}

type Finding = 'collapsed' | 'few directions' | 'healthy'

/** Below these it is said that an encoder has collapsed: wholly, or to few directions. */
const [leastSpread, leastRank] = [0.02, 3] as const

export function finding({ spread, effectiveRank }: HealthSection): Finding {
  if (spread < leastSpread || effectiveRank < 1.5) return 'collapsed'
  return effectiveRank < leastRank ? 'few directions' : 'healthy'
}

export function healthSentences({ health }: RunSection): string[] {
  if (health === undefined) return []
  const { samples, columns, effectiveRank, rankMe, norm, normDeviation, spread, nearest } = health
  const { k, train, queries, top1, randomTop1 } = nearest
  const states: Readonly<Record<Finding, string>> = {
    collapsed: 'Collapsed: whatever the image, the features are nearly the same.',
    'few directions': 'Collapsed to few directions: the features differ, but along almost no dimensions.',
    healthy: 'No sign of collapse.',
  }
  return [
    `${states[finding(health)]} Over ${count(samples, 'image')} the ${columns} dimensions have an effective rank of ${effectiveRank.toFixed(1)} about their mean (${rankMe.toFixed(1)} with it, as RankMe counts).`,
    `A feature vector is ${norm.toFixed(2)} ± ${normDeviation.toFixed(2)} long; the directions are spread ${spread.toFixed(2)} as wide as evenly drawn ones.`,
    `The ${k} nearest of ${count(train, 'training image')} name ${percent(top1)} of ${count(queries, 'image')} rightly; with random weights in the same encoder ${percent(randomTop1)}.`,
  ]
}

/** For "what to worry about". */
export function healthConcerns({ name, health }: RunSection): string[] {
  if (health === undefined) return []
  const concerns: string[] = []
  const { top1, randomTop1 } = health.nearest
  if (finding(health) !== 'healthy') {
    concerns.push(
      `${name}: the encoder's features have collapsed (effective rank ${health.effectiveRank.toFixed(1)} of ${health.columns}, spread ${health.spread.toFixed(3)}): no head can tell classes apart that they do not.`,
    )
  }
  if (top1 <= randomTop1) {
    concerns.push(
      `${name}: nearest neighbours do no better with this encoder (${percent(top1)}) than with random weights (${percent(randomTop1)}): check that the checkpoint and the preprocessing belong together.`,
    )
  }
  return concerns
}

export const hasHealth = ({ runs }: ReportDocument): boolean =>
  runs.some(({ health }) => health !== undefined)

export function singularValuesTable({ runs }: ReportDocument): Table {
  return {
    name: 'singular-values',
    columns: ['run', 'direction', 'part of the largest'],
    rows: runs.flatMap(({ name, health }) =>
      (health?.singularValues ?? []).map((value, i) => [name, i + 1, value]),
    ),
  }
}

export function featureMapTable(document: ReportDocument): Table {
  return {
    name: 'feature-map',
    columns: ['run', 'x', 'y', 'class'],
    rows: document.runs.flatMap(({ name, health }) =>
      (health?.map ?? []).map(([x, y, label]) => [name, x, y, className(document, label)]),
    ),
  }
}
