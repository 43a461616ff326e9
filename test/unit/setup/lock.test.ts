/** One set-up at a time in a folder, and no lock that outlives its holder. */

import { type ChildProcess, spawn } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { evaluateModule, scripts } from './evaluate-module'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ijepa lock ж '))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const lock = () => join(folder, 'lock')
const locks = () => readdirSync(folder).filter((name) => name.startsWith('lock'))
const log = () => readFileSync(join(folder, 'log'), 'utf8').trim().split('\n')

const hold = `
    import { withLock } from ${JSON.stringify(join(scripts, 'setup/lock.mjs'))}
    import { appendFileSync } from 'node:fs'
    const [path, log, name, ms, silent] = process.argv.slice(1)
    const work = async () => {
      appendFileSync(log, name + ' in\\n')
      await new Promise((resolve) => setTimeout(resolve, Number(ms)))
      appendFileSync(log, name + ' out\\n')
    }
    await withLock(path, work, { silent: Number(silent) })`
const start = (name: string, ms = 100, silent = 60_000): [ChildProcess, Promise<void>] => {
  const given = [lock(), join(folder, 'log'), name, ms, silent].map(String)
  const child = spawn(process.execPath, ['--input-type=module', '-e', hold, ...given], { stdio: 'ignore' })
  return [child, new Promise((resolve) => child.on('close', () => resolve()))]
}
async function held(): Promise<void> {
  while (!existsSync(join(folder, 'log'))) await sleep(10)
}
/** Says what it printed while it waited. */
const take = (silent: number) =>
  evaluateModule<string>(
    'lock.mjs',
    `(async () => {
      let said = 'nothing'
      await m.withLock(given.lock, () => undefined, { say: (text) => (said = text), silent: given.silent })
      return said
    })()`,
    { lock: lock(), silent },
  ).value

const itOnLinux = process.platform === 'linux' ? it : it.skip

it('lets one set-up work at a time, after one that was killed too, and leaves nothing', async () => {
  const [killed, ended] = start('killed', 60_000)
  await held()
  killed.kill('SIGKILL')
  await ended
  expect(locks()).toHaveLength(1)
  await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => start(name)[1]))
  const names = log().slice(1)
  expect(names).toHaveLength(12)
  for (let i = 0; i < names.length; i += 2) expect(names[i + 1]).toBe(names[i]?.replace('in', 'out'))
  expect(readdirSync(folder)).toEqual(['log'])
})

itOnLinux("does not wait for a process whose number is another's now", () => {
  const identity = evaluateModule<object>('lock.mjs', 'm.identityOf(given)', process.pid).value
  writeFileSync(`${lock()}.${process.pid}.0a`, JSON.stringify({ ...identity, started: '1' }))
  expect(take(60_000)).toBe('nothing')
  expect(locks()).toEqual([])
})

it('waits for locks of which nothing is known only until they have not been touched for a while', () => {
  const another = JSON.stringify({ pid: 1, started: '7', place: 'another machine' })
  const files = { [`${lock()}.1.0a`]: another, [`${lock()}.2.0b`]: '' }
  for (const [file, content] of Object.entries(files)) writeFileSync(file, content)
  expect(take(1500)).toMatch(
    /^Waiting for the set-up that holds .*\/lock\.[12]\.0[ab] \(if there is none, delete/,
  )
  for (const [file, content] of Object.entries(files)) {
    writeFileSync(file, content)
    utimesSync(file, 0, Date.now() / 1000 - 61)
  }
  expect(take(60_000)).toBe('nothing')
  expect(locks()).toEqual([])
})

it('waits for a living holder as long as it takes, and the holder touches its lock meanwhile', async () => {
  const [, ended] = start('long', 1500, 600)
  await held()
  const file = join(folder, locks()[0] ?? '')
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"place":"[^"]*"/, '"place":"elsewhere"'))
  expect(take(600)).toContain(file)
  expect(log()).toEqual(['long in', 'long out'])
  await ended
})

describe('a folder that takes no files', () => {
  const work = (path: string) => evaluateModule(`lock.mjs`, `m.withLock(given, () => 'done')`, path)

  itOnLinux('is worked in without a lock: nothing can be set up there either', () => {
    expect(work('/sys/ijepa/lock').value).toBe('done')
  })

  // mkdirSync with `recursive` would turn for ever.
  itOnLinux('is an error at once where it says that it is not there', () => {
    expect(work('/proc/ijepa/lock').thrown?.message).toMatch(/^ENOENT.*mkdir '\/proc\/ijepa'/)
  })
})
