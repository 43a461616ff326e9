/** The command itself, where it has to stop: one line, exit status 1, nothing half done. */

import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import { evaluateModule, scripts } from './evaluate-module'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ijepa set-up ж '))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const run = (args: string[], env: NodeJS.ProcessEnv = {}) =>
  spawnSync(process.execPath, [join(scripts, 'setup.mjs'), ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })

it('refuses an option that it does not know', () => {
  const { status, stderr } = run(['--gpu'])
  expect([status, stderr]).toEqual([
    1,
    'Unknown option --gpu: node scripts/setup.mjs [--tests] [--cpu | --cuda]\n',
  ])
})

it('says in one line what is wrong with LIBTORCH', () => {
  const { status, stderr } = run([], { LIBTORCH: folder })
  expect(status).toBe(1)
  expect(stderr).toMatch(/^Set-up: LIBTORCH=.* is no LibTorch .*\n$/)
})

describe('tools that are missing', () => {
  /** A PATH with the named programs only. */
  function pathWith(programs: Record<string, string>): string {
    for (const [name, content] of Object.entries(programs)) {
      const file = join(folder, name)
      if (content.startsWith('/')) symlinkSync(content, file)
      else writeFileSync(file, content)
      if (!content.startsWith('/')) chmodSync(file, 0o755)
    }
    return folder
  }
  const libtorch = { folder: '/nowhere', version: '2.13.0', cuda: false }
  const build = (programs: Record<string, string>) =>
    evaluateModule(
      'addon.mjs',
      'm.buildAddon(given.root, given.libtorch, { build: given.build })',
      { root: resolve(scripts, '..'), libtorch, build: join(folder, 'build') },
      { PATH: pathWith(programs), CXX: '' },
    ).thrown?.message
  const cmake = '#!/bin/sh\necho cmake version 3.31.0\n'
  const make = '#!/bin/sh\n'

  it.each([
    ['CMake', {}, /^CMake is missing\. Debian: .*Fedora: .*macOS: /],
    [
      'a new CMake',
      { cmake: cmake.replace('3.31', '3.16') },
      /^CMake 3\.16 is too old, 3\.25 is needed: .*Debian: .*macOS: /,
    ],
    ['ninja and make', { cmake }, /^Neither ninja nor make is there\. Debian: /],
    [
      'a compiler',
      { cmake, make },
      /^A C\+\+ compiler is missing\. Debian: .*g\+\+.*Fedora: .*macOS: xcode-select/,
    ],
    [
      'a compiler of C++20',
      { cmake, make, 'c++': '#!/bin/sh\n[ "$1" = --version ]\n' },
      /^c\+\+ does not compile C\+\+20 .*Debian: /,
    ],
  ])('without %s: one line with the commands for Debian, Fedora and macOS', (_, programs, expected) => {
    const message = build(programs)
    expect(message).toMatch(expected)
    expect(message).not.toContain('\n')
  })
})

describe('the lock', () => {
  const hold = `
    import { withLock } from ${JSON.stringify(join(scripts, 'setup/lock.mjs'))}
    import { appendFileSync } from 'node:fs'
    const [path, log, name] = process.argv.slice(1)
    await withLock(path, async () => {
      appendFileSync(log, name + ' in\\n')
      await new Promise((resolve) => setTimeout(resolve, 300))
      appendFileSync(log, name + ' out\\n')
    })`
  const start = (name: string) =>
    new Promise<void>((end) => {
      const args = ['--input-type=module', '-e', hold, join(folder, 'lock'), join(folder, 'log'), name]
      spawn(process.execPath, args, { stdio: 'ignore' }).on('close', () => end())
    })

  it('lets one set-up work at a time, and is gone afterwards', async () => {
    await Promise.all([start('a'), start('b'), start('c')])
    const names = readFileSync(join(folder, 'log'), 'utf8').trim().split('\n')
    expect(names).toHaveLength(6)
    for (let i = 0; i < 6; i += 2) expect(names[i + 1]).toBe(names[i]?.replace('in', 'out'))
    expect(existsSync(join(folder, 'lock'))).toBe(false)
  })

  it('does not stop at the lock of a process that is gone', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    writeFileSync(join(folder, 'lock'), String(pid))
    await start('a')
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('a in\na out\n')
  })
})

it('knows the usual reasons in the output of npm, pip and compilers', () => {
  const reason = (text: string) => evaluateModule('failure.mjs', 'm.knownReason(given)', text).value
  expect(reason('OSError: [Errno 28] No space left on device')).toBe('no space left on the disk')
  expect(reason('npm error code EAI_AGAIN')).toBe('the network (or its proxy) does not answer')
  expect(reason('/usr/bin/python3: No module named pip')).toBe('this Python has no pip')
  expect(reason('something else')).toBeUndefined()
})

it('gives the exports of the CommonJS build by name from the ES module', () => {
  const { value } = evaluateModule<string>('typescript.mjs', 'm.wrapper(given)', ['Trainer', 'Classifier'])
  expect(value).toBe(`import library from './index.js'\n\nexport const { Classifier, Trainer } = library\n`)
})
