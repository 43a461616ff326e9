/** Heads on a probe's features, one for each candidate, and the updates that all of them make together. */
import type { HeadsConfig } from '../../binding.gyp'
import { layersOf } from '../checkpoint'
import { effectiveBatch, type LinearProbeConfig } from '../config'
import type { CandidateGroup } from './candidates'

export interface HeadsShape {
  /** Width of a block's features. */
  readonly embedDim: number
  readonly classes: number
  readonly seed: number
}

export function headsConfig(
  config: LinearProbeConfig,
  groups: readonly CandidateGroup[],
  { embedDim, classes, seed }: HeadsShape,
): HeadsConfig {
  const { optimizer, betas, epsilon, momentum, headInit, nesterov } = config
  return {
    classes,
    groups: groups.map(({ features, batchNorm, candidates }) => ({
      columns: layersOf[features] * embedDim,
      batchNorm,
      weightDecays: Float64Array.from(candidates, ({ weightDecay = 0 }) => weightDecay),
    })),
    optimizer,
    beta1: betas[0],
    beta2: betas[1],
    epsilon,
    momentum,
    nesterov,
    decayBiases: optimizer !== 'lars', // published for matrices alone
    init: headInit,
    seed,
  }
}

/**
 * Updates of an epoch on so many rows. Batch norm has no statistics of one row: a last batch of one is left out where a candidate
 * has it.
 */
export function updatesPerEpoch(
  rows: number,
  config: LinearProbeConfig,
  groups: readonly CandidateGroup[],
): number {
  const images = Math.min(effectiveBatch(config), rows)
  const whole = Math.floor(rows / images)
  const rest = rows - whole * images
  const normalizes = groups.some(({ batchNorm }) => batchNorm !== 'none')
  return config.dropLast || rest === 0 || (normalizes && rest === 1) ? whole : whole + 1
}
