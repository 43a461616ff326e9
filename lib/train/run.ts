/** A run from its plan to its end: the folder, the dry run, the loop. */
import type { TrainEvent } from '../api'
import type { FinetuneConfig, LinearProbeConfig } from '../config'
import { trainableParameters } from './parameters'
import { dryRun } from './dry-run'
import { FinetuneLearner } from './finetune'
import { fit, Interrupted } from './fit'
import type { Learner } from './learner'
import { LinearProbeLearner } from './linear-probe'
import type { Plan } from './plan'
import type { RunFolder } from './run-folder'
import { readSnapshot, restoreModel, restoreSnapshot } from './snapshot'
import { initialState, type RunState } from './state'
import { stageAt } from '../schedule'

export type Recipe =
  | { readonly kind: 'linear-probe'; readonly config: LinearProbeConfig }
  | { readonly kind: 'finetune'; readonly config: FinetuneConfig }

export interface RunOptions {
  readonly plan: Plan
  readonly recipe: Recipe
  readonly folder: RunFolder
  /** What config.json holds beside the counts of parameters, which are added here. */
  readonly record: Readonly<Record<string, unknown>>
  readonly logEvery: number
  readonly signal: AbortSignal | undefined
  readonly emit: (event: TrainEvent) => void
  /** Takes work that goes on after the run was interrupted; whoever disposes awaits it. */
  readonly inBackground: (work: Promise<void>) => void
}

/**
 * Trains a new run, or one that has a checkpoint from there on; resolves with its final state. An abort rejects at once with
 * the signal's reason; the state of the last whole update is then written in the background.
 */
export async function train(options: RunOptions): Promise<RunState> {
  const learner = await createLearner(options)
  try {
    const state = await begin(options, learner)
    const final = await fit({ ...options, learner, state })
    await learner.dispose()
    return final
  } catch (error) {
    if (!(error instanceof Interrupted)) {
      await learner.dispose()
      throw error
    }
    options.inBackground(error.save().finally(() => learner.dispose()))
    throw error.reason
  }
}

/** Says what the run is, and brings the learner to where the run stands. */
async function begin(
  { plan, recipe, folder, record, signal, emit }: RunOptions,
  learner: Learner,
): Promise<RunState> {
  const parameters = trainableParameters(learner)
  const config = { ...record, parameters }
  await folder.writeConfig(config)
  emit({ type: 'start', directory: folder.path, config, parameters })
  for (const message of [...plan.warnings, ...recipe.config.warnings])
    emit({ type: 'warning', code: 'WARN_CONFIG', message })
  for (const warning of plan.dataset.warnings) emit({ type: 'warning', ...warning })
  if (recipe.config.earlyStopping !== null && learner.validate === undefined) {
    const message = 'earlyStopping has no effect: there is no validation set to judge the epochs by'
    emit({ type: 'warning', code: 'WARN_CONFIG', message })
  }
  const state = await restore(learner, folder, signal)
  await folder.truncateMetrics(state.metricsBytes)
  return state
}

async function createLearner({ plan, recipe, signal, emit }: RunOptions): Promise<Learner> {
  if (recipe.kind === 'finetune') return FinetuneLearner.create(plan, recipe.config, signal)
  return LinearProbeLearner.create(plan, recipe.config, {
    ...(signal ? { signal } : {}),
    onProgress: (done, total) => {
      emit({ type: 'evaluate', suite: 'features', done, total })
    },
  })
}

/** The state of the newest checkpoint, loaded; without one the dry run makes the first. */
async function restore(
  learner: Learner,
  folder: RunFolder,
  signal: AbortSignal | undefined,
): Promise<RunState> {
  const snapshot = await readSnapshot(folder)
  if (snapshot === undefined) {
    await learner.configure(stageAt(learner.stages, 0), learner.config.weightDecay)
    await dryRun(folder, learner, signal)
    return initialState
  }
  // Every stage so far in its order: parameters that no longer train keep their optimizer state.
  for (const stage of learner.stages.filter(({ from }) => from <= snapshot.state.epoch)) {
    await learner.configure(stage, learner.config.weightDecay)
  }
  if (learner.savesModel) await restoreModel(learner.session, snapshot.path)
  await restoreSnapshot(learner.session, snapshot.path)
  return snapshot.state
}
