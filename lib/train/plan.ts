/** What a run works on: encoder, data, device and seed, as the Trainer has resolved them. */
import type { PreprocessingConfig } from '../config'
import type { Dataset } from '../dataset'
import type { Encoder } from '../inference'

export interface Plan {
  readonly encoder: Encoder
  readonly dataset: Dataset
  readonly preprocessing: PreprocessingConfig
  /** 'cpu' or 'cuda:N'. */
  readonly device: string
  readonly threads: number
  readonly seed: number
  /** How pictures are read outside augmentation. */
  readonly loading: {
    readonly geometry: Encoder['geometry']
    readonly preprocessing: PreprocessingConfig
    readonly threads: number
    readonly alpha: 'white' | 'ignore'
    readonly onBadImage: 'throw' | 'skip'
  }
}

/** What a checkpoint tells about where it comes from (`weights`: which encoder); no time and no path in it. */
export function originOf(plan: Plan, kind: 'linear-probe' | 'finetune'): Record<string, unknown> {
  const { format, weights } = plan.encoder.info
  return { kind, weights, encoderFormat: format, dataFingerprint: plan.dataset.fingerprint, seed: plan.seed }
}
