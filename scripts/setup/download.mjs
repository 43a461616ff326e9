/** Gets LibTorch out of PyTorch's wheels: pip downloads them, only what a C++ program needs is unpacked and kept. */

import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { ask, follow } from './command.mjs'
import { howToInstall, knownReason, readableSize, SetupError } from './failure.mjs'
import { fromCache, inspectLibtorch, manifest } from './libtorch.mjs'
import { withLock } from './lock.mjs'
import { makeFolder } from './make-folder.mjs'
import { findPip, pipDownload } from './pip.mjs'

const unpacker = fileURLToPath(new URL('unpack_wheel.py', import.meta.url))
/** A download beyond this is announced before it starts. */
const announcedBytes = 500e6
/** A download of an earlier run that was broken off. */
const temporaryPrefix = '.download-'

/**
 * Downloads and unpacks torch into `cache`, under a temporary name until it is whole and checked.
 * @param {string} cache
 * @param {{kind: 'cpu' | 'cuda', version?: string, env?: NodeJS.ProcessEnv}} wanted kind 'cpu': the CPU build where one
 *   is to be had, else what the plain version is
 * @returns {Promise<import('./libtorch.mjs').Libtorch>}
 */
export async function downloadLibtorch(cache, { kind, version = manifest.version, env = process.env }) {
  const python = needPip()
  makeFolder(cache)
  return withLock(join(cache, '.lock'), () => downloadWith(python, cache, { kind, version, env }))
}

/** Alone in the cache, which other projects may share: one of them may just have got what is wanted. */
async function downloadWith(python, cache, { kind, version, env }) {
  const present = fromCache(cache, kind, [version])
  if ('libtorch' in present) return present.libtorch
  removeBrokenOff(cache)
  const folder = mkdtempSync(join(cache, temporaryPrefix))
  try {
    const wheel = await downloadTorch(python, join(folder, 'wheels'), { kind, version, env, cache })
    const unpacked = join(folder, 'unpacked')
    await unpack(python, unpacked, [wheel])
    const isCuda = existsSync(join(unpacked, 'torch/lib/libtorch_cuda.so'))
    if (isCuda) await unpack(python, unpacked, await downloadNvidia(python, wheel, join(folder, 'nvidia')))
    return settle(unpacked, join(cache, `${version}-${isCuda ? 'cuda' : 'cpu'}`))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * What to ask pip for, in this order. The CPU build first without PyTorch's index: pip's own settings may know a folder
 * or a mirror that has it, and then nothing else is asked.
 * @returns {{requirement: string, index?: string, kind: 'cpu' | 'cuda'}[]}
 */
export function downloadPlan(kind, version, env) {
  const index = env.IJEPA_TORCH_INDEX ?? manifest.cpuIndex
  const plain = { requirement: `torch==${version}`, kind: 'cuda' }
  if (kind === 'cuda') return [plain]
  const requirement = `torch==${version}+cpu`
  return [{ requirement, kind: 'cpu' }, { requirement, index, kind: 'cpu' }, plain]
}

/** The requirements of a torch wheel's METADATA that bring libraries of NVIDIA. */
export function nvidiaRequirements(metadata) {
  return [...metadata.matchAll(/^Requires-Dist: ((?:nvidia-|cuda-toolkit)[^\r\n]*)/gm)]
    .map(([, requirement]) => requirement)
    .filter((requirement) => !/\bextra\s*==/.test(requirement))
}

function needPip() {
  const found = findPip()
  if ('python' in found) return found.python
  throw new SetupError(
    `No LibTorch was found, and ${found.not} to download one with. ${howToInstall('python')}; or set LIBTORCH to a folder with LibTorch ${manifest.tested.join(' or ')}.`,
  )
}

async function downloadTorch(python, folder, { kind, version, env, cache }) {
  const failures = []
  for (const { requirement, index, kind: expected } of downloadPlan(kind, version, env)) {
    // What the default index did not answer to is not asked of it again.
    if (expected !== kind && /does not answer/.test(failures[0])) continue
    announce(requirement, expected, cache)
    const where = index ? ['--extra-index-url', index] : []
    const { ok, output } = await pipDownload(python, folder, ['--no-deps', ...where, requirement])
    if (ok) return theWheel(folder, 'torch-')
    failures.push(`${requirement}: ${knownReason(output) ?? lastLine(output)}`)
    if (/no space|read-only|may not be written/.test(failures.at(-1))) break
  }
  throw new SetupError(
    `pip could not download LibTorch (${failures.at(-1)}). Check the network, HTTPS_PROXY and the disk; or name an index that has it in IJEPA_TORCH_INDEX, or set LIBTORCH to a folder with LibTorch ${manifest.tested.join(' or ')}.`,
  )
}

/** Says how much will come, and refuses what the disk cannot hold. */
function announce(requirement, kind, cache) {
  const [bytes, unpacked] = [manifest.download[kind], manifest.unpacked[kind]]
  const size =
    bytes > announcedBytes ? ` with NVIDIA's libraries: about ${readableSize(bytes)} to download` : ''
  console.log(`LibTorch: pip download ${requirement}${size}`)
  const { bavail, bsize } = statfsSync(cache)
  if (bavail * bsize < bytes + unpacked)
    throw new SetupError(
      `LibTorch needs ${readableSize(bytes + unpacked)} in ${cache}, and ${readableSize(bavail * bsize)} are free: free some (df -h shows where), or set IJEPA_CACHE to a folder on another disk.`,
    )
}

async function downloadNvidia(python, wheel, folder) {
  const metadata = ask(python, ['-c', readMetadata, wheel])
  const requirements = metadata ? nvidiaRequirements(metadata) : []
  if (requirements.length === 0) return []
  const { ok, output } = await pipDownload(python, folder, requirements)
  if (!ok)
    throw new SetupError(
      `pip could not download NVIDIA's libraries (${knownReason(output) ?? lastLine(output)}).`,
    )
  return readdirSync(folder)
    .filter((name) => name.startsWith('nvidia_'))
    .map((name) => join(folder, name))
}

const readMetadata = `
import sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
print(next(archive.read(name).decode() for name in archive.namelist() if name.endswith('.dist-info/METADATA')))`

/** Each wheel is dropped as soon as it is unpacked: the disk then never holds both of all. */
async function unpack(python, folder, wheels) {
  mkdirSync(folder, { recursive: true })
  for (const wheel of wheels) {
    const { ok, output } = await follow(python, [unpacker, folder, wheel])
    if (!ok)
      throw new SetupError(
        `A wheel could not be unpacked (${knownReason(output) ?? lastLine(output)}): start again; if it comes again, empty pip's cache (${python} -m pip cache purge), or set IJEPA_CACHE to a folder on another disk.`,
      )
    if (!/[\\/]torch-[^\\/]*$/.test(wheel)) rmSync(wheel)
  }
}

function theWheel(folder, prefix) {
  return join(
    folder,
    readdirSync(folder).find((name) => name.startsWith(prefix) && name.endsWith('.whl')),
  )
}

/** The finished folder takes its name in one step. */
function settle(unpacked, final) {
  const libtorch = inspectLibtorch(join(unpacked, 'torch'))
  if ('not' in libtorch)
    throw new SetupError(`The wheel of torch holds no LibTorch for this platform (${libtorch.not}).`)
  rmSync(final, { recursive: true, force: true })
  renameSync(unpacked, final)
  return inspectLibtorch(join(final, 'torch'))
}

function removeBrokenOff(cache) {
  for (const name of readdirSync(cache).filter((entry) => entry.startsWith(temporaryPrefix)))
    rmSync(join(cache, name), { recursive: true, force: true })
}

function lastLine(output) {
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  return (lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? 'no output')
    .replace(/^ERROR:\s*/, '')
    .slice(0, 300)
}
