/** The sensitivity suite: the same pictures again with single qualities taken away, and what that does to the decisions. */
import { sensitivityChanges } from '../config'
import { sensitivityScoresAsync, type SensitivityScores } from '../metrics'
import { changedExample, type ChangedExample } from './changed-example'
import { cleanAnswers, decisionsUnder, type ChangedOptions } from './changed-pictures'

export interface SensitivityOptions extends ChangedOptions {
  /** Longest side of the example's pictures, in pixels; 0: none. */
  readonly thumbnailSize: number
  /** Why not all pictures were judged, where it is so. */
  readonly notes: readonly string[]
}

export interface Sensitivity extends SensitivityScores {
  /** One picture under each change; absent where pictures are left out. */
  readonly example?: ChangedExample
  readonly notes: readonly string[]
}

/** Evaluates the run on `rows` of the split; the decisions are kept beside the run. */
export async function evaluateSensitivity(
  rows: Int32Array,
  options: SensitivityOptions,
): Promise<Sensitivity> {
  const { clean, plan, signal, notes } = options
  const { samples, labels, decisions } = cleanAnswers(rows, clean)
  const changes = sensitivityChanges.map(({ name, strength }) => ({
    key: `${name}, strength ${strength}`,
    loading: { perturbation: { name, strength, seed: plan.seed } },
  }))
  const isWhole = (text: string): boolean => unpacked(text).length === samples.length
  const kept = await decisionsUnder({ name: 'sensitivity', changes, pack: packed, isWhole }, samples, options)
  const changed = kept.map(unpacked)
  const scores = await sensitivityScoresAsync({
    changes: sensitivityChanges,
    ...{ labels, clean: decisions, changed },
  })
  signal.throwIfAborted()
  const own = changes.map(({ loading }) => loading)
  const example =
    options.thumbnailSize > 0 ? await changedExample(own, { ...options, model: clean.model }) : undefined
  return {
    ...scores,
    ...(example ? { example } : {}),
    notes,
  }
}

/** Class indices of 4 bytes each, the lowest first, in base64. */
function packed(decisions: Int32Array): string {
  const bytes = Buffer.alloc(4 * decisions.length)
  decisions.forEach((decided, row) => bytes.writeInt32LE(decided, 4 * row))
  return bytes.toString('base64')
}

function unpacked(text: string): Int32Array {
  const bytes = Buffer.from(text, 'base64')
  return Int32Array.from({ length: bytes.length >> 2 }, (_, row) => bytes.readInt32LE(4 * row))
}
