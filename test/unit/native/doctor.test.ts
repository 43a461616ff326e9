import type { Environment } from '../../../binding.gyp'
import { checkEnvironment, checkMatrices, checkMemory, checkNode, doctor } from '../../../lib/native/doctor'

const environment: Environment = {
  torchBuilt: '2.13.0',
  torchLoaded: '2.13.0',
  cudaDevices: [],
  cudaBuild: false,
  cpuBf16: false,
  cpu: 'znver4',
  cpuInstructions: ['AVX2', 'AVX-512'],
  cpuKernels: 'AVX512',
  attention: 'AVX-512',
  bf16Kernel: 'oneDNN',
  blas: 'MKL',
  blasOfMaker: false,
  jpegDecoder: 'libjpeg-turbo 2.1.5',
  imageDecoder: 'libvips 8.17',
}
const devices = (found: Partial<Environment>, hasDriver: boolean) =>
  checkEnvironment({ ...environment, ...found }, hasDriver).find(({ name }) => name === 'Devices')

it.each([
  ['v20.17.0', true],
  ['v22.9.0', true],
  ['v24.0.1', true],
  ['v20.16.9', false],
  ['v18.20.0', false],
])('Node.js %s is fit: %s', (version, ok) => {
  expect(checkNode(version)).toMatchObject({ ok, found: version })
})

it('points to the CUDA build where a GPU goes unused', () => {
  expect(devices({}, true)?.advice).toContain('--cuda')
  expect(devices({ cudaBuild: true }, true)?.advice).toContain('nvidia-smi')
  expect(devices({}, false)).toEqual({ name: 'Devices', ok: true, found: 'CPU znver4' })
  expect(devices({ cudaBuild: true, cudaDevices: ['cuda:0'] }, true)).toEqual({
    name: 'Devices',
    ok: true,
    found: 'cuda:0, CPU znver4',
  })
})

it('tells the instructions of the CPU, and those that LibTorch uses', () => {
  const row = (found: Partial<Environment>) =>
    checkEnvironment({ ...environment, ...found }, false).find(({ name }) => name === 'CPU instructions')
  expect(row({})?.found).toBe('AVX2, AVX-512; used by attention: AVX-512, by LibTorch: AVX512')
  expect(row({ cpuInstructions: [], cpuKernels: 'DEFAULT' })?.found).toMatch(/^none .*: DEFAULT$/)
})

it('tells which library multiplies matrices, by the rule that runs choose by', () => {
  const found = (blas: number, onednn: number, special: Partial<Environment> = {}) =>
    checkMatrices(
      { ...environment, cpuBf16: true, ...special },
      { threads: 2, fp32: { blas, onednn }, bf16: 4e11 },
    ).map((check) => check.found)
  expect(found(1.36e11, 2.09e11)).toEqual([
    'oneDNN, 209 GFLOP/s (not MKL, 136 GFLOP/s) with 2 threads',
    'oneDNN, 400 GFLOP/s with 2 threads; the default precision of training',
  ])
  expect(found(1.2e11, 1e11)[0]).toMatch(/^oneDNN, 100 /) // near a tie
  expect(found(1.3e11, 1e11)[0]).toMatch(/^MKL, 130 GFLOP\/s \(not oneDNN, 100 /)
  expect(found(1e11, 1.2e11, { blasOfMaker: true })[0]).toBe(
    'oneDNN, 120 GFLOP/s; in training MKL, 100 GFLOP/s; with 2 threads',
  )
  expect(found(1e11, 1e11, { cpuBf16: false })[1]).toMatch(/fp32 is the default precision$/)
})

it('asks for a gibibyte of memory', () => {
  expect(checkMemory(2 ** 30)).toMatchObject({ ok: true, found: '1.0 GiB free' })
  expect(checkMemory(2 ** 29)).toMatchObject({ ok: false, found: '0.5 GiB free', advice: expect.any(String) })
})

it('names every check, and gives advice for each that fails', async () => {
  const { ok, checks } = await doctor()
  const names = checks.map(({ name }) => name)
  expect(names).toEqual(
    expect.arrayContaining(['Node.js', 'C++ compiler', 'CMake', 'LibTorch', 'Addon', 'Processors', 'Memory']),
  )
  const matrices = checks.filter(({ name }) => name.endsWith(' matrices'))
  const addon = checks.find(({ name }) => name === 'Addon')
  expect(matrices).toHaveLength(addon?.ok ? 2 : 0)
  for (const { found } of matrices)
    expect(found).toMatch(/^(oneDNN|MKL|BLAS|LibTorch's loops), [1-9]\d* GFLOP\/s/)
  expect(new Set(names).size).toBe(names.length)
  for (const check of checks.filter((each) => !each.ok)) expect(check.advice).toBeTruthy()
  expect(ok).toBe(checks.every((check) => check.ok))
})
