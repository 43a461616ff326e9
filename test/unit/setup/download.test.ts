import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { evaluateModule } from './evaluate-module'
import { fakeLibtorch } from './fake-libtorch'
import { type WheelOptions, writeWheel } from './wheels'

const hasPip = spawnSync('python3', ['-m', 'pip', '--version']).status === 0
const describeWithPip = hasPip ? describe : describe.skip

describe('the plan', () => {
  const plan = (kind: string, env = {}) =>
    evaluateModule<object[]>('download.mjs', `m.downloadPlan(given.kind, '2.13.0', given.env)`, { kind, env })
      .value

  it("asks for the CPU build by pip's own settings, then from PyTorch's index, then for the plain version", () => {
    expect(plan('cpu')).toEqual([
      { requirement: 'torch==2.13.0+cpu', kind: 'cpu' },
      { requirement: 'torch==2.13.0+cpu', kind: 'cpu', index: expect.stringMatching(/^https:.*cpu$/) },
      { requirement: 'torch==2.13.0', kind: 'cuda' },
    ])
  })

  it('takes another index from IJEPA_TORCH_INDEX', () => {
    expect(plan('cpu', { IJEPA_TORCH_INDEX: 'http://mirror.local' })?.[1]).toMatchObject({
      index: 'http://mirror.local',
    })
  })

  it('asks for the plain version alone where there is a GPU', () => {
    expect(plan('cuda')).toEqual([{ requirement: 'torch==2.13.0', kind: 'cuda' }])
  })
})

it("takes NVIDIA's requirements out of a wheel's metadata, without those of extras", () => {
  const metadata = [
    'Requires-Dist: filelock',
    'Requires-Dist: cuda-toolkit[cublas,cudart]==13.0.3; platform_system == "Linux"',
    'Requires-Dist: nvidia-cudnn-cu13==9.24.0.43; platform_system == "Linux"',
    'Requires-Dist: triton~=3.8.0; platform_system == "Linux"',
    'Requires-Dist: nvidia-something; extra == "more"',
  ].join('\n')
  expect(evaluateModule('download.mjs', 'm.nvidiaRequirements(given)', metadata).value).toEqual([
    'cuda-toolkit[cublas,cudart]==13.0.3; platform_system == "Linux"',
    'nvidia-cudnn-cu13==9.24.0.43; platform_system == "Linux"',
  ])
})

describeWithPip('a download with pip', () => {
  let folder: string
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ijepa download ж '))))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const makeWheel = (name: string, version: string, options: WheelOptions = {}) =>
    writeWheel(join(folder, 'index'), name, version, { files: join(folder, 'files'), ...options })

  const cache = () => join(folder, 'cache')
  const download = (kind: string) =>
    evaluateModule<{ folder: string; version: string; cuda: boolean }>(
      'download.mjs',
      'm.downloadLibtorch(given.cache, given)',
      { cache: cache(), kind },
      {
        PIP_FIND_LINKS: pathToFileURL(join(folder, 'index')).href,
        PIP_NO_INDEX: '1',
        PIP_CONFIG_FILE: '/dev/null',
      },
    )

  it('keeps lib, include and share under its final name, and nothing else', () => {
    fakeLibtorch(join(folder, 'files/torch'), '2.13.0')
    writeFileSync(join(folder, 'files/torch/__init__.py'), 'python')
    mkdirSync(join(folder, 'files/torch.libs'))
    writeFileSync(join(folder, 'files/torch.libs/libgomp.so'), 'gomp')
    makeWheel('torch', '2.13.0+cpu')
    const { value } = download('cpu')
    expect(value).toEqual({ folder: join(cache(), '2.13.0-cpu/torch'), version: '2.13.0', cuda: false })
    expect(readdirSync(cache())).toEqual(['2.13.0-cpu'])
    expect(readdirSync(join(cache(), '2.13.0-cpu')).sort()).toEqual(['torch', 'torch.libs'])
    expect(readdirSync(value!.folder).sort()).toEqual(['include', 'lib'])
    expect(readFileSync(join(value!.folder, 'lib/libc10.so'), 'utf8')).toBe('c10')
    // One that waited for this download has it too.
    expect(download('cpu')).toEqual({ value, printed: '' })
  })

  it("tells a CUDA build by its content, and brings NVIDIA's libraries beside it", () => {
    fakeLibtorch(join(folder, 'files/torch'), '2.13.0', { cuda: true })
    makeWheel('torch', '2.13.0', { requires: ['nvidia-fake-cu13==1.0; platform_system == "Linux"', 'sympy'] })
    mkdirSync(join(folder, 'nvidia/nvidia/cu13/lib'), { recursive: true })
    writeFileSync(join(folder, 'nvidia/nvidia/cu13/lib/libcudart.so.13'), 'cudart')
    makeWheel('nvidia_fake_cu13', '1.0', { files: join(folder, 'nvidia') })
    const { value, printed } = download('cpu')
    expect(value).toMatchObject({ folder: join(cache(), '2.13.0-cuda/torch'), cuda: true })
    expect(existsSync(join(cache(), '2.13.0-cuda/nvidia/cu13/lib/libcudart.so.13'))).toBe(true)
    expect(printed).toMatch(/torch==2\.13\.0 with NVIDIA's libraries: about 3\.2 GB to download/)
  })

  it('takes the wheel of another Python where there is none for this one', () => {
    fakeLibtorch(join(folder, 'files/torch'), '2.13.0')
    const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64'
    makeWheel('torch', '2.13.0+cpu', { tag: `cp312-cp312-manylinux_2_28_${machine}` })
    expect(download('cpu').value).toMatchObject({ version: '2.13.0', cuda: false })
  })

  it('refuses a file that is not what RECORD says, and leaves nothing behind', () => {
    fakeLibtorch(join(folder, 'files/torch'), '2.13.0')
    makeWheel('torch', '2.13.0+cpu', { spoil: 'torch/lib/libc10.so' })
    const { thrown } = download('cpu')
    expect(thrown).toMatchObject({
      name: 'SetupError',
      message: expect.stringMatching(
        /libc10\.so is not what.*start again; if it comes again, empty pip's cache/,
      ),
    })
    expect(readdirSync(cache())).toEqual([])
  })

  it('says in one line what to do when no index has it', () => {
    mkdirSync(join(folder, 'index'))
    const { thrown } = download('cuda')
    expect(thrown?.message).toMatch(
      /^pip could not download LibTorch \(torch==2\.13\.0: no such version .*set LIBTORCH/,
    )
    expect(thrown?.message).not.toContain('\n')
  })
})

describe('without pip', () => {
  it.each([
    ['no Python at all', '', 'there is no Python'],
    ['a Python without pip', '#!/bin/sh\n[ "$1" = -c ]\n', 'python3 has no pip'],
  ])('%s: one line with the commands for Debian, Fedora and macOS', (_, python, expected) => {
    const bin = mkdtempSync(join(tmpdir(), 'ijepa-bin-'))
    if (python) writeFileSync(join(bin, 'python3'), python, { mode: 0o755 })
    const { thrown } = evaluateModule(
      'download.mjs',
      `m.downloadLibtorch('/nowhere', { kind: 'cpu' })`,
      null,
      { PATH: bin },
    )
    rmSync(bin, { recursive: true })
    expect(thrown?.message).toContain(expected)
    expect(thrown?.message).toMatch(/Debian: .*python3-pip.*Fedora: .*macOS: /)
    expect(thrown?.message).not.toContain('\n')
  })
})
