/** A run from its plan to its end: the folder, the dry run, the loop. */
import { createHash } from 'node:crypto'
import type { TrainEvent } from '../api'
import { IjepaError } from '../errors'
import type { FinetuneConfig, LinearProbeConfig, RecipeConfig } from '../config'
import type { Temperature } from '../metrics'
import { AttentiveProbeLearner } from './attentive-probe'
import { withMemoryAdvice } from './out-of-memory'
import { trainableParameters } from './parameters'
import { dryRun } from './dry-run'
import { FinetuneLearner } from './finetune'
import { fit, Interrupted } from './fit'
import type { Learner } from './learner'
import { createProbeLearner, type ProbeOptions } from './linear-probe'
import type { Plan } from './plan'
import { prefixCacheFolder, removePrefixCache } from './prefix-cache'
import type { RunFolder } from './run-folder'
import { checkIdentity, identityOf } from './run-identity'
import { holdingLock } from './run-lock'
import {
  holdsBest,
  newestSnapshot,
  openSnapshot,
  repairBest,
  restoreLearner,
  SnapshotWriter,
  type Snapshot,
  type Warn,
} from './snapshot'
import { initialState, type RunState } from './state'
import type { Choice } from './sweep'
import { freezingChart, stageAt } from '../schedule'

export type Recipe =
  | { readonly kind: 'linear-probe'; readonly config: LinearProbeConfig }
  | { readonly kind: 'finetune'; readonly config: FinetuneConfig }

export type RecipeOf<Kind extends Recipe['kind']> = Extract<Recipe, { kind: Kind }>

export interface RunOptions {
  readonly plan: Plan
  readonly recipe: Recipe
  readonly folder: RunFolder
  /** What config.json holds beside the counts of parameters, which are added here. */
  readonly record: Readonly<Record<string, unknown>>
  /** README.md of the models that are saved, by the recipe with what was chosen. */
  readonly modelCard: (taken: RecipeConfig, temperature?: Temperature) => string
  readonly logEvery: number
  readonly signal: AbortSignal | undefined
  readonly emit: (event: TrainEvent) => void
  /** Takes work that goes on after the run was interrupted; whoever disposes awaits it. */
  readonly inBackground: (work: Promise<void>) => void
  /** Of a probe: in the encoder's place. */
  readonly features?: ProbeOptions['features']
}

/**
 * The state of a finished run that lacks nothing; undefined where there is something to do. What a kill between the run's last
 * save and its end has left behind is removed.
 */
export async function finishedState(folder: RunFolder): Promise<RunState | undefined> {
  const found = await newestSnapshot(folder).catch(() => undefined) // a damaged one is met where the run goes on
  if (!found?.state.finished) return undefined
  if (!(await holdsBest(folder, found.state, 'sizes'))) return undefined
  await removePrefixCache(folder.path)
  return found.state
}

/**
 * Trains a new run, or one that has a checkpoint from there on; resolves with its final state. An abort rejects at once with
 * the signal's reason; the state of the last whole update is then written in the background.
 * @throws ERR_BUSY: another process is at it; ERR_CHECKPOINT_FORMAT: no checkpoint is whole; ERR_RESUME: not the run that
 *   the checkpoint was written by
 */
export function train(options: RunOptions): Promise<RunState> {
  const { folder, inBackground } = options
  return holdingLock(folder.path, inBackground, (background) =>
    trainAlone({ ...options, inBackground: background }).catch((error: unknown) => {
      throw withMemoryAdvice(error, options.recipe)
    }),
  )
}

async function trainAlone(options: RunOptions): Promise<RunState> {
  const { folder, record, signal, emit } = options
  const warn: Warn = (code, message) => {
    emit({ type: 'warning', code, message })
  }
  const snapshot = await openSnapshot(folder, warn, signal)
  if (snapshot) checkIdentity(folder.config, record, snapshot.identity)
  if (snapshot?.state.finished) {
    await removePrefixCache(folder.path)
    return repairBest(folder, snapshot.state, warn, signal)
  }
  const learner = await createLearner(options)
  try {
    const snapshots = new SnapshotWriter(folder, learner, {
      identity: identityOf(record),
      modelCard: (temperature) => options.modelCard(learner.config, temperature),
    })
    const state = await begin(options, learner, snapshots, snapshot, warn)
    const final = await fit({ ...options, learner, snapshots, state })
    await learner.dispose()
    await removePrefixCache(folder.path)
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
  snapshots: SnapshotWriter,
  snapshot: Snapshot | undefined,
  warn: Warn,
): Promise<RunState> {
  const parameters = trainableParameters(learner)
  const { choice } = learner
  const config = { ...record, parameters, ...freezingOf(recipe, plan), ...(choice ? { choice } : {}) }
  await folder.writeConfig(config)
  emit({ type: 'start', directory: folder.path, config, parameters })
  for (const message of [...plan.warnings, ...recipe.config.warnings]) warn('WARN_CONFIG', message)
  for (const { code, message } of plan.dataset.warnings) warn(code, message)
  if (recipe.config.earlyStopping !== null && learner.validate === undefined) {
    warn('WARN_CONFIG', 'earlyStopping has no effect: there is no validation set to judge the epochs by')
  }
  if (snapshot === undefined) {
    await folder.truncateMetrics(0)
    await learner.configure(stageAt(learner.stages, 0), learner.config.weightDecay)
    await dryRun(snapshots, learner, signal, warn)
    return initialState
  }
  if (learner.atOnce) {
    // No state has what its one step gave, but the finished model: it is made again.
    await folder.truncateMetrics(0)
    return initialState
  }
  await learner.useMicroBatch(snapshot.state.microBatch ?? learner.config.batchSize)
  await restore(learner, snapshot, plan)
  const metricsBytes = await folder.truncateMetrics(snapshot.state.metricsBytes)
  if (metricsBytes < snapshot.state.metricsBytes) {
    warn(
      'WARN_METRICS_LOST',
      `${folder.metrics} has lost lines that the checkpoint counts on: it goes on without`,
    )
  }
  const state = { ...snapshot.state, metricsBytes }
  return learner.savesModel ? repairBest(folder, state, warn, signal) : state
}

/** The chart of the freezing schedule, line by line, for whoever shows the run; nothing where all of it trains throughout. */
function freezingOf({ kind, config }: Recipe, { encoder }: Plan): { freezing?: readonly string[] } {
  if (kind === 'linear-probe' || config.freeze.every(({ train }) => train.includes('all'))) return {}
  return { freezing: freezingChart(config.freeze, config.epochs, encoder.geometry.depth).split('\n') }
}

async function createLearner({
  plan,
  recipe,
  folder,
  record,
  signal,
  emit,
  features,
}: RunOptions): Promise<Learner> {
  const tokens = () => ({
    folder: prefixCacheFolder(folder.path),
    identity: createHash('sha256')
      .update(JSON.stringify(identityOf(record)))
      .digest('hex')
      .slice(0, 16),
    signal,
  })
  if (recipe.kind === 'finetune') return FinetuneLearner.create(plan, recipe.config, tokens())
  if (recipe.config.head === 'attentive')
    return AttentiveProbeLearner.create(plan, recipe.config, { ...tokens(), emit })
  const { choice } = record as { choice?: Choice }
  return createProbeLearner(plan, recipe.config, {
    ...(signal ? { signal } : {}),
    ...(choice ? { choice } : {}),
    emit,
    features,
  })
}

/**
 * Every stage so far in its order: parameters that no longer train keep their optimizer state.
 * @throws ERR_RESUME where the learner now learns from something else
 */
async function restore(learner: Learner, { path, state }: Snapshot, { encoder }: Plan): Promise<void> {
  for (const stage of learner.stages.filter(({ from }) => from <= state.epoch)) {
    await learner.configure(stage, learner.config.weightDecay)
  }
  const now = await learner.trace?.()
  await restoreLearner(learner, path)
  const before = await learner.trace?.()
  if (now && before && !now.every((value, i) => isClose(value, before[i] ?? NaN))) {
    const message = `The features of the encoder (${encoder.info.format}) are not those that the run began with: its file has changed. Put it back, or start a new run`
    throw new IjepaError('ERR_RESUME', message, { file: path })
  }
}

/** As the same encoder's features are on another kind of CPU, and another encoder's are not. */
function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-2 * (1 + Math.abs(b))
}
