/** What the set-up starts ends with it, by kill -9 too, and has a reader until then. */

import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const supervisor = join(__dirname, '../../../scripts/setup/supervise.mjs')

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ijepa-supervise-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const start = (script: string) =>
  spawn(process.execPath, [supervisor, 'sh', '-c', script], { cwd: folder, detached: true })

async function appears(file: string): Promise<boolean> {
  for (let i = 0; i < 300; i++) {
    if (existsSync(join(folder, file))) return true
    await sleep(20)
  }
  return false
}

it('passes on both streams, whole, and the exit status', async () => {
  const child = start('seq 1 50000; echo problem >&2; exit 3')
  const texts = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.stderr += text))
  const ending = await new Promise((resolve) => child.on('close', (...all) => resolve(all)))
  expect(ending).toEqual([3, null])
  expect(texts.stdout.split('\n')).toEqual([...Array.from({ length: 50_000 }, (_, i) => String(i + 1)), ''])
  expect(texts.stderr).toBe('problem\n')
})

it('ends with 127 where there is no such command', async () => {
  const child = spawn(process.execPath, [supervisor, join(folder, 'missing')], { detached: true })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ending = await new Promise((resolve) => child.on('close', (...all) => resolve(all)))
  expect([ending, stderr]).toEqual([[127, null], expect.stringContaining('ENOENT')])
})

it('lets a command that writes end its own children when the set-up is gone', async () => {
  // Like ninja, which writes a line for each compiler that has ended: without a reader it would die of SIGPIPE.
  const child = start(
    'trap "echo told > told; exit" TERM; while :; do echo line; echo line >&2; echo > wrote; sleep 0.01; done',
  )
  expect(await appears('wrote')).toBe(true)
  child.stdout.destroy()
  child.stderr.destroy()
  await sleep(200)
  rmSync(join(folder, 'wrote'))
  expect(await appears('wrote')).toBe(true)
  child.stdin.end()
  expect(await appears('told')).toBe(true)
  expect(readFileSync(join(folder, 'told'), 'utf8')).toBe('told\n')
})

it('kills what does not end by SIGTERM', async () => {
  const child = start('trap "" TERM; echo > ready; while :; do sleep 0.1; done')
  expect(await appears('ready')).toBe(true)
  child.stdin.end()
  const ending = await new Promise((resolve) => child.on('close', (...all) => resolve(all)))
  expect(ending).toEqual([null, 'SIGKILL'])
})
