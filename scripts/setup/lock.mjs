/**
 * Keeps two set-ups from working in one folder at the same time, on this machine or from containers that share it. Each puts
 * a lock file of its own beside those of others and then looks for these: of two that come at the same moment at least one
 * sees the other. So no file is ever taken over, and removing that of a dead process can hit no other.
 */

import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, readlinkSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { makeFolder } from './make-folder.mjs'
import { readJson } from './stamp.mjs'

const pollMs = 200
/** A process of another machine or container whose lock is older than this is dead. */
const silentMs = 60_000
/** The holder touches its lock so many times in that time. */
const beats = 10
const unwritable = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT']

/**
 * Runs `work` while a lock file names this process; waits while another living process has one. Where none can be written,
 * nothing else can be: then `work` runs without, and either finds all done or says what it cannot write.
 * @param {string} path what the lock files' names begin with
 * @param {{say?: (message: string) => void, silent?: number}} options say: called once when there is something to wait for
 */
export async function withLock(path, work, { say = console.log, silent = silentMs } = {}) {
  const own = await take(path, say, silent)
  if (!own) return work()
  const beat = setInterval(() => touch(own), silent / beats)
  const release = () => rmSync(own, { force: true })
  process.once('exit', release)
  try {
    return await work()
  } finally {
    clearInterval(beat)
    release()
    process.off('exit', release)
  }
}

/** Resolves with the lock file; undefined where none can be written. Every way round the loop sleeps. */
async function take(path, say, silent) {
  let own = ''
  let told = false
  try {
    makeFolder(dirname(path))
    for (;;) {
      // A new name each time: who has seen the last one go may be about to remove it.
      own = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`
      const other = livingOther(path, own, silent)
      if (!other) {
        writeFileSync(own, JSON.stringify(identityOf(process.pid)))
        if (!livingOther(path, own, silent)) return own
        rmSync(own, { force: true })
      } else if (!told) {
        say(`Waiting for the set-up that holds ${other} (if there is none, delete it).`)
        told = true
      }
      await sleep(pollMs * (0.5 + Math.random())) // two that see each other come again at different times
    }
  } catch (error) {
    rmSync(own, { force: true })
    if (unwritable.includes(error.code)) return undefined
    throw error
  }
}

/** The first lock file of a living process but `own`; those of dead ones are removed. */
function livingOther(path, own, silent) {
  const rest = (name) => (name.startsWith(`${basename(path)}.`) ? name.slice(basename(path).length) : '')
  const names = readdirSync(dirname(path)).filter((name) => /^\.\d+\.[0-9a-f]+$/.test(rest(name)))
  for (const file of names.map((name) => join(dirname(path), name))) {
    if (file === own) continue
    if (isHeld(file, silent)) return file
    rmSync(file, { force: true })
  }
  return undefined
}

/** Of a process elsewhere, and where nothing is written in it yet, the file's time alone tells. */
function isHeld(file, silent) {
  const holder = readJson(file)
  if (holder?.place === ownPlace()) return isRunning(holder)
  const touched = statSync(file, { throwIfNoEntry: false })?.mtimeMs
  return touched !== undefined && Date.now() - touched < silent
}

/** A process's number alone comes again after its end: with the time of its start, where the system tells that. */
function isRunning({ pid, started }) {
  if (started !== undefined) return identityOf(pid).started === started
  try {
    process.kill(pid, 0)
    return pid !== process.pid
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/**
 * As lib/train/process-identity.ts, which is not compiled yet when set-up begins. started: ticks since the machine's start,
 * field 22 of Linux's /proc/PID/stat; undefined where the process has ended (field 3), or nothing tells.
 */
export function identityOf(pid) {
  const text = read(() => readFileSync(`/proc/${pid}/stat`, 'latin1'))
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ') // from field 3 on
  return { pid, started: /[ZX]/.test(fields[0]) ? undefined : fields[19], place: ownPlace() }
}

/** Where numbers of processes mean the same: the machine since its start, the container. */
function ownPlace() {
  const boot = read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1'))
  return [hostname(), boot.trim(), read(() => readlinkSync('/proc/self/ns/pid'))].join(' ').trim()
}

function read(from) {
  try {
    return from()
  } catch {
    return ''
  }
}

function touch(file) {
  try {
    utimesSync(file, new Date(), new Date())
  } catch {
    // Somebody has deleted it, as the message of the one who waits proposes.
  }
}
