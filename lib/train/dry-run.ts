/** Before epoch 1: everything that a run does late is done once, so that it fails early. */
import type { Learner } from './learner'
import type { RunFolder } from './run-folder'
import { readSnapshot, restoreModel, restoreSnapshot, saveSnapshot } from './snapshot'
import { initialState } from './state'

/**
 * One save, one training batch, one pass over validation's first batch, one load of what was saved: the learner ends as it
 * began, and the run has a first checkpoint.
 */
export async function dryRun(
  folder: RunFolder,
  learner: Learner,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { session } = learner
  await saveSnapshot(folder, learner, initialState)
  learner.startEpoch(0, 0)
  await session.cancellable(signal, () => learner.step(0, learner.config.learningRate))
  await session.readMeans()
  await learner.tryValidation?.(signal)
  const saved = await readSnapshot(folder)
  if (saved === undefined) return
  if (learner.savesModel) await restoreModel(session, saved.path)
  await restoreSnapshot(session, saved.path)
}
