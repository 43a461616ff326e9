/** Runs each C++ test (CTest) as a test of its own, with its output where it fails. */

import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(__dirname, '../..')
const build = join(root, 'build')
const timeoutMs = 10 * 60_000

/** The names of the tests in build/, as CTest itself lists them. */
function listTests(): string[] {
  const { stdout, error } = spawnSync('ctest', ['--test-dir', build, '--show-only=json-v1'], {
    encoding: 'utf8',
  })
  if (error || !stdout.includes('{')) return []
  const { tests } = JSON.parse(stdout.slice(stdout.indexOf('{'))) as { tests: { name: string }[] }
  return tests.map(({ name }) => name)
}

const names = listTests()

describe('C++ core', () => {
  it('has a test in the build for every file of test/native (else: node scripts/setup.mjs --tests)', () => {
    const files = readdirSync(__dirname).filter((file) => file.endsWith('_test.cc'))
    expect(names.sort()).toEqual(files.map((file) => file.replace('_test.cc', '')).sort())
  })

  for (const name of names)
    it(
      `${name} passes`,
      () => {
        const args = ['--test-dir', build, '-R', `^${name}$`, '--output-on-failure', '--no-tests=error']
        const { status, stdout, stderr } = spawnSync('ctest', args, { encoding: 'utf8', timeout: timeoutMs })
        if (status !== 0) throw new Error(`${stdout}${stderr}`)
      },
      timeoutMs,
    )
})
