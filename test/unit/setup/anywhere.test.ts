/** The whole command on machines that lack something, and interrupted: it works, or says in one line what to do. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { answerOf, makeProject, pathWithout } from './project'

let folder: string
let project: string
let libtorch: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ijepa Ünï 写真 'ж' "))
  ;({ project, libtorch } = makeProject(folder))
})
beforeEach(() => rmSync(join(project, 'build'), { recursive: true, force: true }))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Nothing but PATH, and what is given: no network that answers, a home that is a file and so takes nothing. */
function environment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const home = join(folder, 'home')
  writeFileSync(home, '')
  const nowhere = 'http://127.0.0.1:9'
  return { PATH: process.env['PATH'], HOME: home, HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere, ...extra }
}

const setUp = (extra: Record<string, string> = {}) =>
  spawnSync(process.execPath, [join(project, 'scripts/setup.mjs')], {
    encoding: 'utf8',
    env: environment(extra),
  })

it('works offline with LIBTORCH, without Python, with a read-only home, in a path of any letters', () => {
  const PATH = pathWithout(folder, /^(python|pip)/)
  const first = setUp({ PATH, LIBTORCH: libtorch })
  expect([first.status, first.stderr]).toEqual([0, ''])
  expect(first.stdout).toContain(`LibTorch 2.13.0 (CPU build) from LIBTORCH: ${libtorch}\n`)
  expect(answerOf(project)).toBe('42')
  // Later commands go on with the LibTorch of the build.
  const second = setUp({ PATH })
  expect(second.stdout).toContain(`from the last build: ${libtorch}`)
  expect(second.stdout).toMatch(/Set-up: nothing to do/)
})

it.each([
  [
    'a compiler',
    /^(c\+\+|g\+\+|clang\+\+)/,
    /^Set-up: A C\+\+ compiler is missing\. Debian: .*Fedora: .*macOS: .*\n$/,
  ],
  [
    'Python',
    /^(python|pip)/,
    /^Set-up: No LibTorch was found, and there is no Python .*Debian: .*set LIBTORCH.*\n$/,
  ],
])(
  'without %s and without LibTorch it says one line, before anything is downloaded',
  (_, missing, expected) => {
    const { status, stdout, stderr } = setUp({ PATH: pathWithout(folder, missing) })
    expect(status).toBe(1)
    expect(stderr).toMatch(expected)
    expect(stdout).not.toContain('pip download')
    expect(existsSync(join(project, 'dist/index.js'))).toBe(true)
  },
)

describe('interrupted in mid-build', () => {
  const compilerId = () => join(folder, 'compiler.pid')

  /** A compiler that stops at last.cc as long as the file `hold` is there. */
  function slowCompiler(): string {
    const file = join(folder, 'c++')
    const [hold, pid] = [join(folder, 'hold'), compilerId()].map((path) => `"${path}"`)
    writeFileSync(
      file,
      `#!/bin/sh\ncase "$*" in *last.cc*) if [ -e ${hold} ]; then echo $$ > ${pid}; exec sleep 60; fi;; esac\nexec c++ "$@"\n`,
    )
    chmodSync(file, 0o755)
    return file
  }

  async function startUntilCompiling(extra: Record<string, string>): Promise<[ChildProcess, number]> {
    const child = spawn(process.execPath, [join(project, 'scripts/setup.mjs')], { env: environment(extra) })
    const read = () => (existsSync(compilerId()) ? Number(readFileSync(compilerId(), 'utf8')) : 0)
    while (read() === 0 && child.exitCode === null) await sleep(20)
    return [child, read()]
  }

  /** Within ten seconds; it sleeps for 60. Linux lists one that has ended (Z) for as long as its new parent likes. */
  async function ended(pid: number): Promise<boolean> {
    const stat = `/proc/${pid}/stat`
    for (let i = 0; i < 100; i++) {
      try {
        process.kill(pid, 0)
        if (existsSync(stat) && readFileSync(stat, 'utf8').includes(') Z ')) return true
      } catch {
        return true
      }
      await sleep(100)
    }
    return false
  }

  it('leaves no compiler behind, with SIGINT or kill -9, and works when it is started again', async () => {
    const extra = { LIBTORCH: libtorch, CXX: slowCompiler() }
    writeFileSync(join(folder, 'hold'), '')
    for (const [signal, expected] of [
      ['SIGINT', [130, null, 'Set-up: interrupted by SIGINT; the same command goes on from here.\n']],
      ['SIGKILL', [null, 'SIGKILL', '']],
    ] as const) {
      const [child, compiler] = await startUntilCompiling(extra)
      let stderr = ''
      child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
      const closed = new Promise((resolve) => child.on('close', (...ending) => resolve(ending)))
      child.kill(signal)
      expect([...((await closed) as unknown[]), stderr]).toEqual(expected)
      expect([signal, await ended(compiler)]).toEqual([signal, true])
      rmSync(compilerId())
    }
    rmSync(join(folder, 'hold'))
    expect(setUp(extra)).toMatchObject({ status: 0, stderr: '' })
    expect(answerOf(project)).toBe('42')
  })
})
