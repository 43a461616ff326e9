/** The epochs of a fine-tune by what they do. */
import type { FreezeStageConfig } from '../config'
import { stageAt, type FrozenPrefix } from '../schedule'

/** Epochs that are alike: one stage, on pictures or on what is kept of them. */
export interface Phase {
  /** The first of them. */
  readonly epoch: number
  epochs: number
  /** How often the frozen part's output is computed for all pictures. */
  encodings: number
}

/** What tells epochs apart: their stage, and what they train on. */
interface Course {
  readonly stages: readonly FreezeStageConfig[]
  /** Which frozen part's output, of which view, an epoch trains on; undefined: on pictures. */
  keptOutput(epoch: number): { readonly prefix: FrozenPrefix; readonly view: number } | undefined
}

/** In their order. */
export function phasesOf(course: Course, epochs: number): Phase[] {
  const phases = new Map<string, Phase>()
  let made = { prefix: '', views: new Set<number>() }
  for (let epoch = 0; epoch < epochs; epoch++) {
    const kept = course.keptOutput(epoch)
    const prefix = kept ? `${kept.prefix.blocks} ${kept.prefix.pooled}` : ''
    const key = `${stageAt(course.stages, epoch).from} ${prefix}`
    const phase = phases.get(key) ?? { epoch, epochs: 0, encodings: 0 }
    phases.set(key, phase)
    phase.epochs++
    if (kept === undefined) continue
    if (made.prefix !== prefix) made = { prefix, views: new Set() } // files of another one are removed
    if (!made.views.has(kept.view)) phase.encodings++
    made.views.add(kept.view)
  }
  return [...phases.values()]
}
