/** How many labels a method needs to reach what another one reaches. */
import { repeated } from './repeated'

/** Of one draw: accuracy by labelled pictures, in ascending order of these. */
export type LabelCurve = readonly { readonly images: number; readonly accuracy: number }[]

export interface LabelsNeeded {
  /** Draws that reach the accuracy, and all of them. */
  readonly reached: number
  readonly of: number
  /** Geometric mean over the draws that reach it; null: none does. */
  readonly images: number | null
  /** 95 % t-interval of that mean, on the logarithmic scale; null with fewer than two draws. */
  readonly low: number | null
  readonly high: number | null
  /** Already the fewest labels that were tried were enough in every draw: it may need fewer. */
  readonly atMost: boolean
}

/**
 * The labels at which each draw's curve first reaches the target, linear in the logarithm of the labels between two points.
 * @param curves by draw
 * @param targets accuracy to reach, by draw
 */
export function labelsNeeded(curves: readonly LabelCurve[], targets: readonly number[]): LabelsNeeded {
  const found = curves.flatMap((curve, draw) => firstReaching(curve, targets[draw]!) ?? [])
  const of = curves.length
  if (found.length === 0) return { reached: 0, of, images: null, low: null, high: null, atMost: false }
  const logs = found.map(Math.log)
  const images = Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length)
  const atMost = curves.every(([first], draw) => first !== undefined && first.accuracy >= targets[draw]!)
  if (found.length < 2) return { reached: found.length, of, images, low: null, high: null, atMost }
  const { low, high } = repeated(logs)
  return { reached: found.length, of, images, low: Math.exp(low), high: Math.exp(high), atMost }
}

function firstReaching(curve: LabelCurve, target: number): number | undefined {
  const index = curve.findIndex(({ accuracy }) => accuracy >= target)
  const after = curve[index]
  const before = curve[index - 1]
  if (after === undefined || before === undefined) return after?.images
  const share = (target - before.accuracy) / (after.accuracy - before.accuracy)
  return before.images * (after.images / before.images) ** share
}
