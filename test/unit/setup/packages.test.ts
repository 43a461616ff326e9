import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { evaluateModule } from './evaluate-module'

const linux = { os: 'linux', cpu: 'x64', libc: 'glibc' }
const locked = {
  '': { version: '0.1.0' },
  'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/@b/linux': {
    version: '2.0.0',
    integrity: 'sha512-b',
    optional: true,
    os: ['linux'],
    cpu: ['x64'],
  },
  'node_modules/@b/musl': {
    version: '2.0.0',
    integrity: 'm',
    optional: true,
    os: ['linux'],
    cpu: ['x64'],
    libc: ['musl'],
  },
  'node_modules/@b/darwin': { version: '2.0.0', integrity: 'd', optional: true, os: ['darwin'] },
  'node_modules/@b/unixes': { version: '2.0.0', integrity: 'u', os: ['!win32'] },
}
const installed = {
  'node_modules/a': locked['node_modules/a'],
  'node_modules/@b/linux': locked['node_modules/@b/linux'],
  'node_modules/@b/unixes': locked['node_modules/@b/unixes'],
}
const staleness = (found: object | null, platform = linux) =>
  evaluateModule<string>('packages.mjs', 'm.staleness(given[0], given[1] ?? undefined, given[2])', [
    locked,
    found,
    platform,
  ]).value

it('finds nothing to do when all that is locked is there, without the packages of other platforms', () => {
  expect(staleness(installed)).toBeUndefined()
})

it('takes packages that nobody locked as no reason', () => {
  expect(staleness({ ...installed, 'node_modules/extra': { version: '1.0.0' } })).toBeUndefined()
})

it.each([
  ['nothing is installed, or npm was interrupted', null, 'not installed yet'],
  ['a package is missing', { ...installed, 'node_modules/a': undefined }, 'a is missing'],
  [
    'a package has another version',
    { ...installed, 'node_modules/a': { version: '0.9.0' } },
    'a is 0.9.0, not 1.0.0',
  ],
  [
    'a package has other content',
    { ...installed, 'node_modules/a': { version: '1.0.0', integrity: 'x' } },
    'a is 1.0.0, not 1.0.0',
  ],
  [
    "this platform's optional package is missing",
    { ...installed, 'node_modules/@b/linux': undefined },
    '@b/linux is missing',
  ],
])('says why when %s', (_, found, reason) => {
  expect(staleness(found)).toBe(reason)
})

it('asks for the package of the platform that it runs on', () => {
  expect(staleness(installed, { os: 'darwin', cpu: 'arm64', libc: 'none' })).toBe('@b/darwin is missing')
})

describe('the npm', () => {
  let folder: string
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ijepa npm '))))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const write = (name: string) => {
    const file = join(folder, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, '', { mode: 0o755 })
    return file
  }
  const command = (env: object) =>
    evaluateModule<string[]>(
      'packages.mjs',
      'm.npmCommand(given.env, given.node)',
      { env, node: join(folder, 'bin/node') },
      { PATH: join(folder, 'path') },
    )

  it('is the one that runs it, the one beside Node.js, then the one on PATH', () => {
    write('path/npm')
    expect(command({}).value).toEqual(['npm'])
    const beside = write('lib/node_modules/npm/bin/npm-cli.js')
    expect(command({}).value).toEqual([process.execPath, beside])
    const running = write('running/npm-cli.js')
    expect(command({ npm_execpath: running }).value).toEqual([process.execPath, running])
  })

  it('is never pnpm or Yarn, which may run it', () => {
    write('path/npm')
    expect(command({ npm_execpath: write('pnpm.cjs') }).value).toEqual(['npm'])
    expect(command({ npm_execpath: write('yarn.js') }).value).toEqual(['npm'])
  })

  it('is missed in one line with the commands for Debian, Fedora and macOS', () => {
    const { thrown } = command({})
    expect(thrown?.name).toBe('SetupError')
    expect(thrown?.message).toMatch(/^npm is missing.* Debian: .*Fedora: .*macOS: /)
    expect(thrown?.message).not.toContain('\n')
  })
})
