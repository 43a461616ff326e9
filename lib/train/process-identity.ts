/** Which process it was: a process's number alone comes again after its end, and in every container. */
import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'

export interface ProcessIdentity {
  readonly pid: number
  /** Ticks since the machine's start; null where the system does not tell. */
  readonly started: string | null
  readonly host: string
  /** Where numbers of processes mean the same: the machine since its start, the container. */
  readonly place: string
}

export async function ownIdentity(): Promise<ProcessIdentity> {
  const { pid } = process
  return { pid, started: (await readStatus(pid))?.started ?? null, host: hostname(), place: await ownPlace() }
}

/** Undefined where that cannot be known from here. */
export async function isRunning({ pid, started, place }: ProcessIdentity): Promise<boolean | undefined> {
  if (place !== (await ownPlace())) return undefined
  if (!exists(pid)) return false
  if (started === null) return true
  const status = await readStatus(pid)
  return status === undefined || (!status.hasEnded && status.started === started)
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Linux: fields 3 (state; Z and X: ended, only its number is still taken) and 22 (start) of /proc/PID/stat, man 5 proc. */
async function readStatus(pid: number): Promise<{ started: string; hasEnded: boolean } | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ') // from field 3 on
    return { started: fields[19] ?? '', hasEnded: /[ZX]/.test(fields[0] ?? '') }
  } catch {
    return undefined
  }
}

async function ownPlace(): Promise<string> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'latin1').catch(() => '')
  const numbers = await readlink('/proc/self/ns/pid').catch(() => '')
  return [hostname(), boot.trim(), numbers].join(' ').trim()
}
