/** What begins to train at a later freezing stage, and its warm-up. */
import type { FreezeStageConfig, RecipeConfig } from '../config'
import { stageAt } from './trainable'

/** The parameters that no stage before `stage` trains, of those that `stage` does; none in the first stage. */
export function newcomersOf(
  stage: FreezeStageConfig,
  stages: readonly FreezeStageConfig[],
  trainable: (stage: FreezeStageConfig) => readonly string[],
): string[] {
  const before = stages.filter(({ from }) => from < stage.from)
  if (before.length === 0) return []
  const known = new Set(before.flatMap(trainable))
  return trainable(stage).filter((name) => !known.has(name))
}

/**
 * Factor of the newcomers' learning rate: from 0 at the stage's first update linearly to 1 after `warmupEpochs`, or at the
 * stage's end where that comes first. Their optimizer state is fresh, as that of all parameters is in a run's own warm-up;
 * parameters that trained before keep state and rate. 1 in the first stage, whose warm-up is the run's.
 *
 * @param epoch from 0, with the part that is done.
 */
export function newcomerWarmup(
  stages: readonly FreezeStageConfig[],
  { epochs, warmupEpochs }: Pick<RecipeConfig, 'epochs' | 'warmupEpochs'>,
  epoch: number,
): number {
  const stage = stageAt(stages, epoch)
  if (stage === stages[0]) return 1
  const end = stages.find(({ from }) => from > stage.from)?.from ?? epochs
  const length = Math.min(warmupEpochs, end - stage.from)
  return length > 0 ? Math.min(1, (epoch - stage.from) / length) : 1
}
