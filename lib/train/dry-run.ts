/** Before epoch 1: everything that a run does late is done once, so that it fails early. */
import type { Learner } from './learner'
import { restoreLearner, type SnapshotWriter } from './snapshot'
import { initialState } from './state'

/**
 * One save, one training batch, one pass over validation's first batch, one load of what was saved: the learner ends as it
 * began, and the run has a first checkpoint.
 */
export async function dryRun(
  snapshots: SnapshotWriter,
  learner: Learner,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { session } = learner
  const saved = await snapshots.save(initialState)
  learner.startEpoch(0, 0)
  await session.cancellable(signal, () => learner.step(0, learner.config.learningRate))
  await session.readMeans()
  await learner.tryValidation?.(signal)
  await restoreLearner(learner, saved)
}
