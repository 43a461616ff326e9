import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { interrogateAddon, probeAddon, probeAddonSync } from '../../../lib/native/probe'

let folder: string
let addon: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ijepa probe ж '))
  addon = join(folder, 'addon.js')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A module in the addon's place: the child process does with it what it does with a .node file. */
const write = (body: string) =>
  writeFileSync(addon, `require('fs').appendFileSync(${JSON.stringify(join(folder, 'loads'))}, '.');${body}`)
const good = `exports.environment = () => ({ torchBuilt: '2.13.0', torchLoaded: '2.13.0' })`
const loads = () => readFileSync(join(folder, 'loads'), 'utf8').length
const metadata = () => ({ torchVersion: '2.13.0', libtorch: folder, cudaBuild: false })

/** Both variants have to say the same. */
async function probe() {
  const result = probeAddonSync(addon, metadata())
  if (!result.ok) expect(await probeAddon(addon, metadata())).toEqual(result)
  return result
}

it('accepts an addon with the LibTorch that it was built for', async () => {
  write(good)
  expect(await probe()).toEqual({ ok: true })
})

it('asks once: the answer holds until the addon, its LibTorch or the loader variables change', async () => {
  write(good)
  for (let i = 0; i < 3; i++) probeAddonSync(addon, metadata())
  await probeAddon(addon, metadata())
  expect(loads()).toBe(1)
  utimesSync(addon, 1, 1)
  probeAddonSync(addon, metadata())
  expect(loads()).toBe(2)
  probeAddonSync(addon, { ...metadata(), libtorch: '/elsewhere' })
  expect(loads()).toBe(3)
  process.env['LD_LIBRARY_PATH'] = folder
  try {
    probeAddonSync(addon, { ...metadata(), libtorch: '/elsewhere' })
  } finally {
    delete process.env['LD_LIBRARY_PATH']
  }
  expect(loads()).toBe(4)
})

it('refuses an addon that finds another LibTorch, and names both versions', async () => {
  write(`exports.environment = () => ({ torchBuilt: '2.13.0', torchLoaded: '2.14.1' })`)
  expect(await probe()).toMatchObject({ ok: false, reason: expect.stringMatching(/2\.13\.0, but 2\.14\.1/) })
})

it('remembers no failure', async () => {
  write(`throw new Error('undefined symbol: torch')`)
  expect(await probe()).toMatchObject({
    reason: 'the addon cannot be loaded (Error: undefined symbol: torch)',
  })
  write(good)
  expect(await probe()).toEqual({ ok: true })
})

it('survives an addon that ends its process', async () => {
  write(`process.abort()`)
  expect(await probe()).toMatchObject({ ok: false, reason: expect.stringContaining('SIGABRT') })
})

it('refuses an addon that loads and then ends its process at exit', async () => {
  write(`${good}; process.on('exit', () => process.kill(process.pid, 'SIGSEGV'))`)
  expect(await probe()).toMatchObject({ ok: false, reason: expect.stringContaining('SIGSEGV') })
})

it('says what to do when there is no addon', async () => {
  expect(await probe()).toMatchObject({
    ok: false,
    reason: `there is no addon at ${addon}`,
    advice: expect.stringContaining('setup.mjs'),
  })
})

it('is not misled by what a library prints', async () => {
  write(`console.log('{"torchBuilt": "1"}'); ${good}`)
  expect(await interrogateAddon(addon)).toEqual({
    ok: true,
    environment: { torchBuilt: '2.13.0', torchLoaded: '2.13.0' },
  })
})
