import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { evaluateModule } from './evaluate-module'
import { fakeLibtorch } from './fake-libtorch'

interface Libtorch {
  folder: string
  version: string
  cuda: boolean
}
type Answer = { libtorch: Libtorch } | { not: string }

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ijepa libtorch ж '))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the choice', () => {
  const choose = (sources: Record<string, Answer>) =>
    evaluateModule<{ from: string; passed: string[] }>(
      'libtorch.mjs',
      `m.chooseLibtorch(Object.entries(given).map(([name, answer]) => ({ name, find: () => answer })))`,
      sources,
    )
  const libtorch = { folder: '/x', version: '2.13.0', cuda: false }

  it('is the first source that has one, and says what those before it lacked', () => {
    const { value } = choose({ a: { not: 'no a' }, b: { not: 'no b' }, c: { libtorch }, d: { libtorch } })
    expect(value).toMatchObject({ from: 'c', passed: ['no a', 'no b'] })
  })

  it('is an error that names every source when none has one', () => {
    const { thrown } = choose({ a: { not: 'no a' }, b: { not: 'no b' } })
    expect(thrown).toEqual({ name: 'SetupError', message: 'No LibTorch: no a; no b.' })
  })
})

describe('LIBTORCH', () => {
  const ask = (path: string | undefined) =>
    evaluateModule<Answer>('libtorch.mjs', 'm.fromEnvironment(given)', { LIBTORCH: path })

  it('is passed over when it is not set', () => {
    expect(ask(undefined).value).toEqual({ not: 'LIBTORCH is not set' })
  })

  it.each(['2.13.0', '2.13.7', '2.14.1'])('may name version %s', (version) => {
    fakeLibtorch(folder, version)
    expect(ask(folder).value).toEqual({ libtorch: { folder, version, cuda: false } })
  })

  it('is an error with both versions when it names another version', () => {
    fakeLibtorch(folder, '2.9.1')
    expect(ask(folder).thrown?.message).toMatch(/has version 2\.9\.1, but 2\.13 or 2\.14 is needed/)
  })

  it('is an error that names the missing file when there is no LibTorch', () => {
    expect(ask(folder).thrown?.message).toMatch(/is no LibTorch \(no include\/torch/)
  })

  it('is an error when the library in it is only half there', () => {
    rmSync(join(fakeLibtorch(folder, '2.13.0'), 'lib/libtorch_cpu.so'))
    expect(ask(folder).thrown?.message).toContain('no lib/libtorch_cpu.so')
  })
})

describe("the project's cache", () => {
  const ask = (wanted?: string) =>
    evaluateModule<Answer>('libtorch.mjs', `m.fromCache(given[0], given[1] ?? undefined)`, [folder, wanted])
      .value

  it('is passed over when it is empty or not there', () => {
    expect(ask()).toEqual({ not: `none in ${folder}` })
    rmSync(folder, { recursive: true })
    expect(ask()).toEqual({ not: `none in ${folder}` })
  })

  it('gives a finished download, the CUDA one first unless the other is asked for', () => {
    fakeLibtorch(join(folder, '2.13.0-cpu/torch'), '2.13.0')
    fakeLibtorch(join(folder, '2.13.0-cuda/torch'), '2.13.0', { cuda: true })
    expect(ask()).toMatchObject({ libtorch: { cuda: true } })
    expect(ask('cpu')).toMatchObject({ libtorch: { cuda: false } })
  })

  it('never takes a download that was broken off', () => {
    fakeLibtorch(join(folder, '.download-abc/torch'), '2.13.0')
    expect(ask()).toEqual({ not: `none in ${folder}` })
  })

  it('leaves out other versions', () => {
    fakeLibtorch(join(folder, '2.14.1-cuda/torch'), '2.14.1', { cuda: true })
    expect(ask()).toEqual({ not: `none in ${folder}` })
  })
})

describe('that of the last build', () => {
  const ask = (stamp: object | undefined, wanted?: string) =>
    evaluateModule<Answer>(
      'libtorch.mjs',
      'm.fromBuild(given.stamp, given.wanted)',
      stamp ? { stamp, wanted } : { wanted },
    ).value

  it('is taken while it is there as it was', () => {
    fakeLibtorch(folder, '2.14.1')
    expect(ask({ libtorch: folder, torchVersion: '2.14.1' })).toEqual({
      libtorch: { folder, version: '2.14.1', cuda: false },
    })
  })

  it('is passed over, with the reason, where it is not', () => {
    expect(ask(undefined)).toEqual({ not: 'no addon is built yet' })
    expect(ask({ libtorch: folder, torchVersion: '2.13.0' })).toEqual({
      not: expect.stringMatching(/^the last build's is gone or another \(no include/),
    })
    fakeLibtorch(folder, '2.13.1')
    expect(ask({ libtorch: folder, torchVersion: '2.13.0' })).toEqual({
      not: "the last build's is gone or another (2.13.1)",
    })
    expect(ask({ libtorch: folder, torchVersion: '2.13.1' }, 'cuda')).toEqual({
      not: "the last build's is a CPU build",
    })
    fakeLibtorch(folder, '2.12.0')
    expect(ask({ libtorch: folder, torchVersion: '2.12.0' })).toEqual({
      not: "the last build's is 2.12.0, not 2.13 or 2.14",
    })
  })
})

describe("the active Python's torch", () => {
  /** A torch package that ends the test when it is imported. */
  const package_ = (version: string, options = {}) => {
    const torch = join(folder, 'torch')
    mkdirSync(torch)
    writeFileSync(join(torch, '__init__.py'), 'raise SystemExit("imported")')
    fakeLibtorch(torch, version, options)
  }
  const ask = (wanted?: string) =>
    evaluateModule<Answer>('libtorch.mjs', 'm.fromPython(given ?? undefined)', wanted, { PYTHONPATH: folder })
      .value

  it('is taken in the tested version, without an import', () => {
    package_('2.13.0')
    expect(ask()).toEqual({ libtorch: { folder: join(folder, 'torch'), version: '2.13.0', cuda: false } })
  })

  it('is left with the reason in another version', () => {
    package_('2.14.1')
    expect(ask()).toEqual({ not: "python3's torch is 2.14.1, not 2.13" })
  })

  it('is left when another kind is asked for', () => {
    package_('2.13.0', { cuda: true })
    expect(ask('cpu')).toEqual({ not: "python3's torch is a CUDA build" })
  })

  it('is passed over where there is no Python', () => {
    const { value } = evaluateModule<Answer>('libtorch.mjs', 'm.fromPython()', null, { PATH: folder })
    expect(value).toEqual({ not: 'no Python' })
  })
})
