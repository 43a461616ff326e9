/** How a session trains what stands on a frozen encoder. */
import type { LinearProbeConfig } from '../config'
import type { Session } from '../native'
import { parameterGroups } from '../schedule'

export interface ProbeTraining {
  /** Names of the parameters that train. */
  readonly trainable: readonly string[]
  readonly weightDecay: number
  /** Biases and norms decay too. */
  readonly decayAll: boolean
  readonly precision: LinearProbeConfig['precision']
  readonly microBatch: number
  /** Blocks of the encoder. */
  readonly depth: number
}

/** Nothing of a fine-tune's beside the optimizer, the loss and clipping. */
export function configureProbe(
  session: Session,
  { optimizer, betas: [beta1, beta2], epsilon, momentum, clipGradient, loss }: LinearProbeConfig,
  { precision, microBatch, ...grouping }: ProbeTraining,
): Promise<void> {
  const groups = parameterGroups(session.parameters(), { ...grouping, layerDecay: 1, learningRateScale: 1 })
  return session.configureTraining({
    optimizer,
    beta1,
    beta2,
    epsilon,
    momentum,
    groups,
    precision,
    loss,
    labelSmoothing: 0,
    classWeights: [],
    mixup: 0,
    cutmix: 0,
    mixupSwitchProbability: 0,
    microBatch,
    clipGradient,
    dropPath: 0,
    average: 0,
    checkpointing: false,
  })
}
