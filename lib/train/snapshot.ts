/** Checkpoints of a run: one folder that is whole or not there, the one before it kept. */
import { existsSync } from 'node:fs'
import { cp, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readSafetensors, safetensorsHeader, openCheckpoint } from '../checkpoint'
import { writeModelFolder } from '../inference'
import type { Session } from '../native'
import type { Learner } from './learner'
import { readJson, replaceFolder, writeJson, type RunFolder } from './run-folder'
import type { RunState } from './state'

const stateFile = 'state.json'
const tensorsFile = 'state.safetensors'

/** Writes the state of the last whole update: a new `last`; the old one becomes `previous`. */
export async function saveSnapshot(folder: RunFolder, learner: Learner, state: RunState): Promise<void> {
  const writing = folder.checkpoint('last') + '.writing'
  await rm(writing, { recursive: true, force: true })
  await mkdir(writing, { recursive: true })
  if (learner.savesModel || state.finished)
    await writeModelFolder(learner.session, writing, modelOf(learner, state))
  await writeTensors(learner.session, join(writing, tensorsFile), await learner.stateNames())
  await writeJson(join(writing, stateFile), state)
  if (existsSync(folder.checkpoint('last')))
    await replaceFolder(folder.checkpoint('last'), folder.checkpoint('previous'))
  await replaceFolder(writing, folder.checkpoint('last'))
}

/** Makes the newest checkpoint the best one: a copy of its model, without the training state. */
export async function keepAsBest(folder: RunFolder): Promise<void> {
  const copying = folder.checkpoint('best') + '.writing'
  await rm(copying, { recursive: true, force: true })
  await cp(folder.checkpoint('last'), copying, { recursive: true })
  await rm(join(copying, tensorsFile))
  await replaceFolder(copying, folder.checkpoint('best'))
}

/** The newest whole checkpoint, or undefined where the run was ended before its first. */
export async function readSnapshot(
  folder: RunFolder,
): Promise<{ path: string; state: RunState } | undefined> {
  for (const which of ['last', 'previous'] as const) {
    const path = folder.checkpoint(which)
    if (existsSync(join(path, stateFile))) {
      return { path, state: (await readJson(join(path, stateFile))) as unknown as RunState }
    }
  }
  return undefined
}

/** Loads a checkpoint into a learner whose first stage of the state's epoch is configured. */
export async function restoreSnapshot(session: Session, path: string): Promise<void> {
  const { tensors } = await readSafetensors(join(path, tensorsFile))
  await session.load(
    [...tensors].map(([name, { shape, range }]) => ({ name, shape: [...shape], ranges: [range] })),
  )
}

/** Loads the weights of a checkpoint that holds a model. */
export async function restoreModel(session: Session, path: string): Promise<void> {
  const checkpoint = await openCheckpoint(path)
  await session.load([...checkpoint.plan(), ...(checkpoint.classifier?.plan ?? [])])
}

async function writeTensors(session: Session, path: string, names: readonly string[]): Promise<void> {
  const infos = new Map((await session.tensors()).map((info) => [info.name, info]))
  const tensors = names.flatMap((name) => infos.get(name) ?? [])
  const pieces = tensors.map(({ name }) => ({ name, begin: 0, end: 0 }))
  await session.write(path, safetensorsHeader(tensors), pieces)
}

function modelOf(learner: Learner, state: RunState): Learner['model'] {
  return { ...learner.model, origin: { ...learner.model.origin, epoch: state.epoch, step: state.step } }
}
