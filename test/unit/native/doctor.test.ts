import type { Environment } from '../../../binding.gyp'
import { checkEnvironment, checkMemory, checkNode, doctor } from '../../../lib/native/doctor'

const environment: Environment = {
  torchBuilt: '2.13.0',
  torchLoaded: '2.13.0',
  cudaDevices: [],
  cudaBuild: false,
  cpuBf16: false,
  cpu: 'znver4',
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
  expect(new Set(names).size).toBe(names.length)
  for (const check of checks.filter((each) => !each.ok)) expect(check.advice).toBeTruthy()
  expect(ok).toBe(checks.every((check) => check.ok))
})
