/** The state of a run on the disk: written as one checkpoint that is whole or not there, read back, and verified. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openCheckpoint, readSafetensors, safetensorsHeader } from '../checkpoint'
import { IjepaError } from '../errors'
import { writeModelFolder } from '../inference'
import type { Temperature } from '../metrics'
import type { NamedTensors, Session } from '../native'
import type { CheckpointName, Checkpoints } from './checkpoints'
import { sealFolder } from './checksums'
import { writeText } from './durable-files'
import type { Learner } from './learner'
import type { RunFolder } from './run-folder'
import type { RunIdentity } from './run-identity'
import { readState, writeState, type RunState } from './state'

const stateFile = 'state.json'
const tensorsFile = 'state.safetensors'

export type Warn = (code: string, message: string) => void

/** What is written beside a learner's tensors. */
export interface SnapshotContext {
  readonly identity: RunIdentity
  /** README.md of a model with this temperature. */
  readonly modelCard: (temperature?: Temperature) => string
}

export interface Snapshot {
  readonly path: string
  readonly state: RunState
  readonly identity: RunIdentity
}

/** Writes the checkpoints of one learner's run. */
export class SnapshotWriter {
  constructor(
    private readonly folder: RunFolder,
    private readonly learner: Learner,
    private readonly context: SnapshotContext,
  ) {}

  /** Writes the state of the last whole update: a new `last`; the old one becomes `previous`. Resolves with its path. */
  async save(state: RunState): Promise<string> {
    const { checkpoints } = this.folder
    await this.folder.syncMetrics()
    const writing = await checkpoints.begin()
    try {
      await this.fill(writing, state)
      await sealFolder(writing)
      await checkpoints.commit()
    } catch (error) {
      await checkpoints.abandon().catch(() => undefined) // what failed first is what to say
      throw withAdvice(error, checkpoints)
    }
    return checkpoints.at('last')
  }

  /** Makes the newest checkpoint the best one. */
  keepAsBest(): Promise<void> {
    return this.folder.checkpoints.keepBest('last')
  }

  private async fill(writing: string, state: RunState): Promise<void> {
    const { learner, context } = this
    if (learner.savesModel || state.finished) {
      const model = modelOf(learner, state)
      await learner.withModel(() => writeModelFolder(learner.session, writing, model))
      await writeText(join(writing, 'README.md'), context.modelCard(model.temperature))
    }
    await writeTensors(learner.trained, join(writing, tensorsFile), await learner.stateNames())
    await writeState(join(writing, stateFile), { ...state, microBatch: learner.microBatch }, context.identity)
  }
}

/** A save may fail in the midst of a long run: what is not lost is part of the message. */
function withAdvice(error: unknown, checkpoints: Checkpoints): unknown {
  if (!(error instanceof IjepaError) || error.code !== 'ERR_FILE' || !checkpoints.has('last')) return error
  const message = `${error.message}. The checkpoint before it is whole: resume the run when that is mended`
  return new IjepaError('ERR_FILE', message, error.details, { cause: error })
}

/** The newest checkpoint whose state.json can be read, for looking at a run; undefined where there is none. */
export async function newestSnapshot(folder: RunFolder): Promise<Snapshot | undefined> {
  const failures: unknown[] = []
  for (const name of ['last', 'previous'] as const) {
    if (!folder.checkpoints.has(name)) continue
    try {
      return await readSnapshot(folder, name)
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
  return undefined
}

/**
 * The newest whole checkpoint, every byte of it checked, or undefined where the run was ended before its first. A damaged one
 * is put aside, with a warning, for the one before it.
 * @throws ERR_CHECKPOINT_FORMAT when no other is whole
 */
export async function openSnapshot(
  folder: RunFolder,
  warn: Warn,
  signal?: AbortSignal,
): Promise<Snapshot | undefined> {
  const { checkpoints } = folder
  await checkpoints.recover()
  if (!checkpoints.has('last')) return undefined
  const damage = await checkpoints.findDamage('last', 'bytes', signal)
  if (damage === undefined) return readSnapshot(folder, 'last')
  const last = `${checkpoints.at('last')} is damaged: ${damage}`
  const before = checkpoints.has('previous')
    ? await checkpoints.findDamage('previous', 'bytes', signal)
    : 'it is not there'
  if (before !== undefined) {
    throw new IjepaError(
      'ERR_CHECKPOINT_FORMAT',
      `${last}. Nor can the run go on from ${checkpoints.at('previous')}: ${before}`,
      { file: checkpoints.at('last') },
    )
  }
  const damaged = await checkpoints.fallBack()
  const snapshot = await readSnapshot(folder, 'last')
  const { epoch, step } = snapshot.state
  warn(
    'WARN_CHECKPOINT_DAMAGED',
    `${last}. The run goes on from the one before it, epoch ${epoch + 1}, step ${step}; the damaged one is in ${damaged}`,
  )
  return snapshot
}

async function readSnapshot(folder: RunFolder, name: CheckpointName): Promise<Snapshot> {
  const path = folder.checkpoints.at(name)
  return { path, ...(await readState(join(path, stateFile))) }
}

/** Loads a checkpoint into a learner whose stages up to the state's epoch are configured. */
export async function restoreLearner(learner: Learner, path: string): Promise<void> {
  if (learner.savesModel) await learner.withModel(() => restoreModel(learner.session, path))
  const { tensors } = await readSafetensors(join(path, tensorsFile))
  await learner.trained.load(
    [...tensors].map(([name, { shape, range }]) => ({ name, shape: [...shape], ranges: [range] })),
  )
}

async function restoreModel(session: Session, path: string): Promise<void> {
  const checkpoint = await openCheckpoint(path)
  await session.load([...checkpoint.plan(), ...(checkpoint.classifier?.plan ?? [])])
}

/** Whether `best` holds the model of the state's best epoch. */
export async function holdsBest(
  folder: RunFolder,
  state: RunState,
  depth: 'sizes' | 'bytes',
  signal?: AbortSignal,
): Promise<boolean> {
  const { checkpoints } = folder
  if (!checkpoints.has('best') || (await checkpoints.findDamage('best', depth, signal)) !== undefined)
    return false
  return isSameEpoch((await readSnapshot(folder, 'best')).state.best, state.best)
}

/**
 * A run may be killed between the checkpoint of its best epoch and the copy of it: makes the copy good again.
 * A best model that is on the disk no more is warned of, and forgotten while better ones can still come.
 */
export async function repairBest(
  folder: RunFolder,
  state: RunState,
  warn: Warn,
  signal?: AbortSignal,
): Promise<RunState> {
  if (state.best === null || (await holdsBest(folder, state, 'bytes', signal))) return state
  const { checkpoints } = folder
  for (const name of ['last', 'previous'] as const) {
    if (!checkpoints.has(name) || (await checkpoints.findDamage(name, 'bytes', signal)) !== undefined)
      continue
    const found = (await readSnapshot(folder, name)).state
    const hasModel = existsSync(join(checkpoints.at(name), 'model.safetensors'))
    if (!hasModel || !isOfBestEpoch(found) || !isSameEpoch(found.best, state.best)) continue
    await checkpoints.keepBest(name)
    return state
  }
  warn(
    'WARN_BEST_LOST',
    `${checkpoints.at('best')} does not hold the model of epoch ${state.best.epoch + 1}, the best so far, and no other checkpoint does` +
      (state.finished ? '' : ': the best of the epochs from here on will take its place'),
  )
  return state.finished ? state : { ...state, best: null }
}

/** The state right after its best epoch: the model beside it is that epoch's. */
function isOfBestEpoch({ best, epoch, stepInEpoch }: RunState): boolean {
  return best !== null && best.epoch === epoch - 1 && stepInEpoch === 0
}

function isSameEpoch(a: RunState['best'], b: RunState['best']): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

async function writeTensors(trained: NamedTensors, path: string, names: readonly string[]): Promise<void> {
  const infos = new Map((await trained.tensors()).map((info) => [info.name, info]))
  const tensors = names.flatMap((name) => infos.get(name) ?? [])
  const pieces = tensors.map(({ name }) => ({ name, begin: 0, end: 0 }))
  await trained.write(path, safetensorsHeader(tensors), pieces)
}

function modelOf(learner: Learner, state: RunState): Learner['model'] {
  const { epoch, step, stepInEpoch, temperature } = state
  const origin = { ...learner.model.origin, epoch, step }
  const isValidated = temperature !== undefined && stepInEpoch === 0 // later updates have changed the model
  return { ...learner.model, origin, ...(isValidated ? { temperature } : {}) }
}
