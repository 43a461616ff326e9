/** The command itself, where it has to stop: one line, exit status 1, nothing half done. */

import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
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

it("refuses a project's path that CMake or the linker would take apart, and takes letters of any script", () => {
  const check = (path: string) =>
    evaluateModule('build-folder.mjs', 'm.checkPath(given)', path).thrown?.message
  expect(check(`/home/J. O'Neil (é)/Проект 日本 #1 & 100 %`)).toBeUndefined()
  for (const character of [';', ':', '"', '|', '[', ',', '\\', '\n'])
    expect(check(`/home/a${character}b`)).toMatch(
      /^The path ".*" has the character .*move it to a path without/,
    )
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
  const build = ({ CXX = '', ...programs }: Record<string, string>) =>
    evaluateModule(
      'addon.mjs',
      'm.buildAddon(given.root, given.libtorch, { build: given.build })',
      { root: resolve(scripts, '..'), libtorch, build: join(folder, 'build') },
      { PATH: pathWith(programs), CXX },
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
      'the compiler that CXX names',
      { cmake, make, 'c++': '#!/bin/sh\n', CXX: 'g++-none' },
      /^CXX=g\+\+-none is no compiler that runs.* Debian: /,
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

it('knows the usual reasons in the output of npm, pip and compilers', () => {
  const reason = (text: string) => evaluateModule('failure.mjs', 'm.knownReason(given)', text).value
  expect(reason('OSError: [Errno 28] No space left on device')).toBe('no space left on the disk')
  expect(reason('npm error code EAI_AGAIN')).toBe('the network (or its proxy) does not answer')
  expect(reason('/usr/bin/python3: No module named pip')).toBe('this Python has no pip')
  expect(reason('npm error EACCES: permission denied, mkdir')).toMatch(/may not be written/)
  expect(reason('c++: fatal error: Killed signal terminated program cc1plus')).toBe('the memory was used up')
  expect(reason('SSLError(SSLCertVerificationError(1, [SSL: CERTIFICATE_VERIFY_FAILED]')).toMatch(
    /certificate/,
  )
  expect(reason('something else')).toBeUndefined()
})

it('makes one line of anything thrown', () => {
  const line = (error: string) =>
    evaluateModule<string>(
      'failure.mjs',
      `import('node:fs').then((fs) => { try { ${error} } catch (error) { return m.failureLine(error) } })`,
    ).value
  expect(line(`throw new m.SetupError('That is missing.')`)).toBe('That is missing.')
  expect(line(`fs.mkdirSync('/dev/null/x')`)).toMatch(/^the system refuses \(ENOTDIR.*IJEPA_CACHE/)
  expect(line(`undefined.x`)).toMatch(/^unexpected TypeError: Cannot read .*, at .*: please report it\.$/)
  expect(line(`throw 'words'`)).toBe('unexpected words: please report it.')
})

it('compiles with as many jobs as processors and memory allow, with one at least', () => {
  const jobs = (processors: number, bytes: number) =>
    evaluateModule<number>('jobs.mjs', 'm.jobsFor(given[0], given[1])', [processors, bytes]).value
  expect([jobs(8, 64e9), jobs(8, 4e9), jobs(2, 4e9), jobs(8, 0.5e9)]).toEqual([8, 2, 2, 1])
})

it('gives the exports of the CommonJS build by name from the ES module', () => {
  const { value } = evaluateModule<string>('typescript.mjs', 'm.wrapper(given)', ['Trainer', 'Classifier'])
  expect(value).toBe(`import library from './index.js'\n\nexport const { Classifier, Trainer } = library\n`)
})
