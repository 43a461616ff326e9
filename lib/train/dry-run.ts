/** Before epoch 1: everything that a run does late is done once, so that it fails early. */
import type { Learner } from './learner'
import { updateInMemory } from './out-of-memory'
import { restoreLearner, type SnapshotWriter, type Warn } from './snapshot'
import { initialState } from './state'

/**
 * One save, one training batch, one pass over validation's first batch, one load of what was saved: the learner ends as it
 * began, and the run has a first checkpoint. What learns in one step has none to spare.
 */
export async function dryRun(
  snapshots: SnapshotWriter,
  learner: Learner,
  signal: AbortSignal | undefined,
  warn: Warn,
): Promise<void> {
  const { microBatch } = learner
  const saved = await snapshots.save(initialState)
  if (!learner.atOnce) {
    learner.startEpoch(0, 0)
    const update = { epoch: 0, index: 0, learningRate: learner.config.learningRate }
    await updateInMemory(learner, update, signal, warn)
    await learner.readMeans()
  }
  await learner.tryValidation?.(signal)
  await restoreLearner(learner, saved)
  if (learner.microBatch !== microBatch) await snapshots.save(initialState)
}
