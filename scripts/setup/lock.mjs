/** Keeps two set-ups of one project from working at the same time. */

import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Runs `work` while a lock file holds this process's id; waits while another living process holds it.
 * @param {string} path
 * @param {(message: string) => void} say called once when there is something to wait for
 */
export async function withLock(path, work, say = console.log) {
  mkdirSync(dirname(path), { recursive: true })
  let told = false
  while (!take(path)) {
    const holder = Number(read(path))
    if (!isAlive(holder)) {
      rmSync(path, { force: true })
      continue
    }
    if (!told) say(`Waiting for the set-up that process ${holder} runs (if there is none, delete ${path}).`)
    told = true
    await sleep(250)
  }
  const release = () => rmSync(path, { force: true })
  process.once('exit', release)
  try {
    return await work()
  } finally {
    release()
    process.off('exit', release)
  }
}

/** By a link, so that the lock is never seen without its owner's id in it. */
function take(path) {
  const own = `${path}.${process.pid}`
  writeFileSync(own, String(process.pid))
  try {
    linkSync(own, path)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(own, { force: true })
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Our own id is that of an earlier process: in a container the same few come again and again. */
function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
