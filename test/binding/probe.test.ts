/** The real addon with something else in its LibTorch's place: refused with a reason, in a process of its own. */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { probeAddon, probeAddonSync } from '../../lib/native/probe'

let folder: string
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'ijepa-other-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(() => delete process.env['LD_PRELOAD'])

/** Compiles a library that comes before LibTorch's own. */
function putBefore(name: string, source: string): void {
  const file = join(folder, name)
  const args = ['-shared', '-fPIC', '-x', 'c++', '-', '-o', file, `-Wl,-soname,${name}`]
  const { status, stderr } = spawnSync(process.env['CXX'] ?? 'c++', args, { input: source, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  process.env['LD_PRELOAD'] = file
}

it('is accepted with the LibTorch that it was built for', async () => {
  expect(await probeAddon()).toEqual({ ok: true })
  expect(probeAddonSync()).toEqual({ ok: true })
})

it('is refused with a LibTorch of another version, which is named', () => {
  putBefore(
    'version.so',
    'extern "C" unsigned long aoti_torch_abi_version() { return 2ul << 56 | 14ul << 48 | 1ul << 40; }',
  )
  const result = probeAddonSync()
  expect(result).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/built for LibTorch 2\.\d+\.\d+, but 2\.14\.1/),
  })
  expect(result).toMatchObject({ advice: expect.stringContaining('unset LD_PRELOAD') })
})

it('is refused with a LibTorch that lacks what it needs', () => {
  putBefore('libc10.so', 'int nothing;')
  expect(probeAddonSync()).toMatchObject({ ok: false, reason: expect.stringContaining('undefined symbol') })
})

it('is refused with a LibTorch that ends the process, and this process goes on', async () => {
  putBefore(
    'abort.so',
    '#include <cstdlib>\nextern "C" unsigned long aoti_torch_abi_version() { std::abort(); }',
  )
  expect(await probeAddon()).toMatchObject({ ok: false, reason: expect.stringContaining('SIGABRT') })
})
