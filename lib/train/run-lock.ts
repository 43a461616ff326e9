/**
 * One process at a time works on a run. Each that wants to puts a lock file of its own into the folder and then looks for
 * others: of two that come at the same moment at least one sees the other. So no file is ever taken over, and removing that of a
 * dead process can hit no other.
 */
import { randomBytes } from 'node:crypto'
import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { IjepaError } from '../errors'
import { orFileError, writeText } from './durable-files'
import { isRunning, ownIdentity, type ProcessIdentity } from './process-identity'

const lockName = /^lock\.\d+\.[0-9a-f]+$/
const unfinishedName = /^lock\.\d+\.[0-9a-f]+\.tmp$/
const attempts = 6
const beatMs = 10_000
/** A process of another machine or container whose lock is older than this is dead. */
const silentMs = 60_000

interface Lock {
  readonly file: string
  readonly holder: ProcessIdentity | undefined
}

/**
 * Runs `work` with the run in `folder` to itself. What `work` hands to its argument goes on after it; the lock is held until
 * then, and `inBackground` gets all of it.
 * @throws ERR_BUSY with the process and the lock file of the one that is at work
 */
export async function holdingLock<T>(
  folder: string,
  inBackground: (work: Promise<void>) => void,
  work: (inBackground: (work: Promise<void>) => void) => Promise<T>,
): Promise<T> {
  const release = await takeLock(folder)
  let after: Promise<void> | undefined
  try {
    return await work((rest) => {
      after = rest
    })
  } finally {
    if (after) inBackground(after.finally(release))
    else await release()
  }
}

/** @throws ERR_BUSY */
export async function refuseLocked(folder: string): Promise<void> {
  const other = await livingLock(folder)
  if (other) throw busy(folder, other)
}

/** Resolves with what releases the lock. */
export async function takeLock(folder: string): Promise<() => Promise<void>> {
  for (let attempt = 1; ; attempt++) {
    const own = join(folder, `lock.${process.pid}.${randomBytes(6).toString('hex')}`)
    await writeText(own, JSON.stringify(await ownIdentity()))
    const other = await livingLock(folder, own)
    if (!other) return keepBeating(own)
    await remove(own)
    if (attempt === attempts) throw busy(folder, other)
    await sleep(20 + 80 * Math.random()) // the other may have come at the same moment, and see this one
  }
}

/** For those who cannot see the process: the time of the file says that it lives. */
function keepBeating(own: string): () => Promise<void> {
  const beat = setInterval(() => {
    const now = new Date()
    utimes(own, now, now).catch(() => undefined) // a folder that is gone is met by the next save
  }, beatMs)
  beat.unref()
  return () => {
    clearInterval(beat)
    return remove(own)
  }
}

/** The first lock of a living process but `own`; those of dead ones are removed. */
async function livingLock(folder: string, own?: string): Promise<Lock | undefined> {
  const names = await orFileError(folder, () => readdir(folder))
  for (const name of names) {
    const file = join(folder, name)
    if (unfinishedName.test(name) && !(await isYoung(file))) await remove(file)
    if (!lockName.test(name) || file === own) continue
    const lock = { file, holder: await readHolder(file) }
    if (await isHeld(lock)) return lock
    await remove(file)
  }
  return undefined
}

/** Undefined where it has just been removed, or is damaged. */
async function readHolder(file: string): Promise<ProcessIdentity | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as ProcessIdentity
  } catch {
    return undefined
  }
}

async function isHeld({ file, holder }: Lock): Promise<boolean> {
  return (holder && (await isRunning(holder))) ?? isYoung(file)
}

async function isYoung(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined)
  return found !== undefined && Date.now() - found.mtimeMs < silentMs
}

/** One that cannot be removed is stale when this process ends. */
async function remove(file: string): Promise<void> {
  await rm(file, { force: true }).catch(() => undefined)
}

function busy(folder: string, { file, holder }: Lock): IjepaError {
  const who = holder ? `process ${holder.pid} on ${holder.host}` : 'another process'
  return new IjepaError(
    'ERR_BUSY',
    `The run in ${folder} is being worked on by ${who}: wait for it or stop it. If there is none, delete ${file}`,
    { file, pid: holder?.pid },
  )
}
