/** Lives of a run that are ended by SIGKILL at a moment of their own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync, watch } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { findDamage } from '../../dist/train/checksums.js'

const program = fileURLToPath(new URL('life.mjs', import.meta.url))

/** Names that are there only between the renames of a save. */
const renames = new Set(['previous.replaced', 'best.writing', 'best.replaced'])

/** Lets a life run to its end. @param {object} life */
export async function live(life) {
  const begun = performance.now()
  const child = start(life)
  await ended(child)
  return { ...JSON.parse(readFileSync(life.result, 'utf8')), seconds: (performance.now() - begun) / 1000 }
}

/**
 * Lets a life run until `moment`, and kills it.
 *
 * @param {object} life
 * @param {{ kind: 'start' | 'any' | 'save' | 'rename', saves: number, delay: number }} moment after so many saves have begun,
 *   and then so many milliseconds
 * @returns {Promise<string>} what was going on, by what it left; 'end' where the life ended before
 */
export async function liveUntil(life, moment) {
  rmSync(life.result, { force: true })
  const checkpoints = join(life.run, 'checkpoints')
  const child = start(life)
  const end = ended(child)
  const reached =
    moment.kind === 'start' ? { promise: Promise.resolve(), stop: () => {} } : watchFor(checkpoints, moment)
  const come = await Promise.race([reached.promise.then(() => true), end.then(() => false)])
  reached.stop()
  if (come) await Promise.race([sleep(moment.delay), end])
  if (child.exitCode === null) child.kill('SIGKILL')
  await end
  if (child.signalCode !== 'SIGKILL') return 'end'
  await inspect(checkpoints)
  return traceOf(life.run)
}

/** What bears a checkpoint's name is whole, at every moment. */
async function inspect(checkpoints) {
  for (const name of ['last', 'previous', 'best']) {
    if (!existsSync(join(checkpoints, name))) continue
    const damage = await findDamage(join(checkpoints, name), 'bytes')
    if (damage !== undefined) throw new Error(`A kill has left ${join(checkpoints, name)} damaged: ${damage}`)
  }
}

function watchFor(folder, { kind, saves }) {
  const { promise, resolve } = withResolvers()
  let begun = 0
  let isWriting = false
  const watcher = watch(folder, (_, name) => {
    if (name === 'last.writing' && !isWriting) begun++
    isWriting = name === 'last.writing' ? true : name === 'last' ? false : isWriting
    const counts = kind === 'rename' ? renames.has(name) : name === 'last.writing'
    if (counts && begun > saves) resolve()
  })
  return { promise, stop: () => watcher.close() }
}

function withResolvers() {
  let resolve
  const promise = new Promise((done) => (resolve = done))
  return { promise, resolve }
}

/** What the killed process was at, as far as it can be seen. */
function traceOf(run) {
  const names = readdirSync(join(run, 'checkpoints'))
  if (!names.includes('last'))
    return names.length === 0 ? 'before the first checkpoint' : 'between two renames'
  if (names.some((name) => name === 'previous.replaced' || name === 'best.replaced'))
    return 'between two renames'
  if (names.includes('best.writing')) return 'while the best was copied'
  if (names.includes('last.writing')) return 'while a checkpoint was written'
  return readdirSync(run).some((name) => name.startsWith('lock.')) ? 'at work' : 'before it had the lock'
}

function start(life) {
  return spawn(process.execPath, [program, JSON.stringify(life)], { stdio: ['ignore', 'ignore', 'pipe'] })
}

/** Rejects where the process failed by itself. */
async function ended(child) {
  let errors = ''
  child.stderr.on('data', (text) => (errors += String(text)))
  await once(child, 'close')
  if (child.signalCode === 'SIGKILL' || child.exitCode === 0) return
  throw new Error(
    `A life of the run ended with ${child.signalCode ?? `status ${child.exitCode}`}:\n${errors}`,
  )
}
