/** Accuracy by the number of labelled training pictures: what is measured of one encoder. */
import type { LabelsNeeded } from './labels-needed'
import type { Repeated } from './repeated'

/** Probes of the encoder and of random weights; the encoder fine-tuned, and the same architecture trained from scratch. */
export type LabelMethod = 'probe' | 'random-probe' | 'finetune' | 'scratch'

export interface LabelMethodCurve {
  readonly method: LabelMethod
  /** Top-1 by point, then draw. */
  readonly top1: readonly (readonly number[])[]
  /** By point: over the draws; null with a single one. */
  readonly summary: readonly (Repeated | null)[]
}

export interface LabelEfficiency {
  /** Of the probes. */
  readonly features: 'last' | 'last4'
  /** Draws of each point. */
  readonly seeds: number
  readonly points: readonly { readonly name: string; readonly images: number }[]
  readonly curves: readonly LabelMethodCurve[]
  /** Labels with which `method` reaches what `baseline` reaches with all. */
  readonly needed: readonly (LabelsNeeded & {
    readonly method: LabelMethod
    readonly baseline: LabelMethod
    /** Mean over the draws, with the most labels. */
    readonly target: number
    readonly targetImages: number
  })[]
  /** What was left out, and what to know of the parts of train. */
  readonly notes: readonly string[]
}
