import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { evaluateModule } from './evaluate-module'
import { fakeLibtorch } from './fake-libtorch'

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

  /** Writes a wheel with the given files, and RECORD with their hashes, to a folder that pip looks in. */
  function makeWheel(
    name: string,
    version: string,
    options: { files?: string; spoil?: string; requires?: string[] } = {},
  ) {
    const script = `
import base64, hashlib, json, os, sys, zipfile
name, version, files, spoil, requires, out = json.loads(sys.argv[1])
info = f"{name}-{version}.dist-info"
entries = {}
for folder, _, names in os.walk(files):
    for leaf in names:
        path = os.path.join(folder, leaf)
        entries[os.path.relpath(path, files)] = open(path, "rb").read()
entries[f"{info}/METADATA"] = ("Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n%s" % (name, version, "".join(f"Requires-Dist: {r}\\n" for r in requires))).encode()
entries[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: false\\nTag: py3-none-any\\n"
digest = lambda data: base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
record = "".join(f"{n},sha256={digest(d)},{len(d)}\\n" for n, d in entries.items())
os.makedirs(out, exist_ok=True)
with zipfile.ZipFile(os.path.join(out, f"{name}-{version}-py3-none-any.whl"), "w") as wheel:
    for n, d in entries.items():
        wheel.writestr(n, d + b"!" if n == spoil else d)
    wheel.writestr(f"{info}/RECORD", record)
`
    const { files = join(folder, 'files'), spoil = '', requires = [] } = options
    const given = JSON.stringify([name, version, files, spoil, requires, join(folder, 'index')])
    const { status, stderr } = spawnSync('python3', ['-c', script, given], { encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
  }

  const cache = () => join(folder, 'cache')
  const download = (kind: string) =>
    evaluateModule<{ folder: string; version: string; cuda: boolean }>(
      'download.mjs',
      'm.downloadLibtorch(given.cache, given)',
      { cache: cache(), kind },
      {
        PIP_FIND_LINKS: join(folder, 'index').replace(/ /g, '%20').replace(/^/, 'file://'),
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

  it('refuses a file that is not what RECORD says, and leaves nothing behind', () => {
    fakeLibtorch(join(folder, 'files/torch'), '2.13.0')
    makeWheel('torch', '2.13.0+cpu', { spoil: 'torch/lib/libc10.so' })
    const { thrown } = download('cpu')
    expect(thrown).toMatchObject({
      name: 'SetupError',
      message: expect.stringContaining('libc10.so is not what'),
    })
    expect(readdirSync(cache())).toEqual([])
  })

  it('clears away what an earlier broken-off download left', () => {
    fakeLibtorch(join(folder, 'files/torch'), '2.13.0')
    makeWheel('torch', '2.13.0+cpu')
    mkdirSync(join(cache(), '.download-old'), { recursive: true })
    download('cpu')
    expect(readdirSync(cache())).toEqual(['2.13.0-cpu'])
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
