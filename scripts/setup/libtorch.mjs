/**
 * Chooses the LibTorch to build for: LIBTORCH, that of the last build, the project's cache, the active Python's torch, a
 * download with pip.
 */

import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import { ask } from './command.mjs'
import { SetupError } from './failure.mjs'
import { readJson } from './stamp.mjs'

/**
 * @typedef {{folder: string, version: string, cuda: boolean}} Libtorch folder: has lib/ and include/
 * @typedef {{libtorch: Libtorch} | {not: string}} Answer a LibTorch, or why this source has none
 */

/** The version that set-up downloads, those that it takes from elsewhere, and sizes in bytes. */
export const manifest = readJson(fileURLToPath(new URL('libtorch.json', import.meta.url)))

/**
 * The first source that has one.
 * @param {{name: string, find: () => Answer | Promise<Answer>}[]} sources
 * @returns {Promise<{libtorch: Libtorch, from: string, passed: string[]}>} passed: what the sources before it said
 */
export async function chooseLibtorch(sources) {
  const passed = []
  for (const { name, find } of sources) {
    const answer = await find()
    if ('libtorch' in answer) return { libtorch: answer.libtorch, from: name, passed }
    passed.push(answer.not)
  }
  throw new SetupError(`No LibTorch: ${passed.join('; ')}.`)
}

/**
 * LIBTORCH is a decision: what is wrong with it is an error, never a reason to look elsewhere.
 * @returns {Answer}
 */
export function fromEnvironment(env, versions = manifest.builds) {
  if (!env.LIBTORCH) return { not: 'LIBTORCH is not set' }
  const folder = resolve(env.LIBTORCH)
  const libtorch = inspectLibtorch(folder)
  if ('not' in libtorch)
    throw new SetupError(
      `LIBTORCH=${env.LIBTORCH} is no LibTorch (${libtorch.not}): let it name the folder with lib/ and include/, or unset it.`,
    )
  if (!isOneOf(libtorch.version, versions))
    throw new SetupError(
      `LIBTORCH=${env.LIBTORCH} has version ${libtorch.version}, but ${versions.join(' or ')} is needed: let it name such a one, or unset it to have ${manifest.version} downloaded.`,
    )
  return { libtorch }
}

/**
 * An earlier download; one of the wanted kind before others.
 * @param {string} cache folder of folders, each with torch/ in it
 * @param {'cpu' | 'cuda' | undefined} wanted undefined: either will do
 * @returns {Answer}
 */
export function fromCache(cache, wanted, versions = manifest.tested) {
  const found = foldersIn(cache)
    .map((name) => inspectLibtorch(join(cache, name, 'torch')))
    .filter(({ version }) => version !== undefined && isOneOf(version, versions))
    .filter(({ cuda }) => wanted === undefined || cuda === (wanted === 'cuda'))
  if (found.length > 0) return { libtorch: found.find(({ cuda }) => cuda) ?? found[0] }
  return { not: `none in ${cache}` }
}

function foldersIn(cache) {
  return existsSync(cache) ? readdirSync(cache).filter((name) => !name.startsWith('.')) : []
}

/**
 * The one that the addon is built for: a later command without LIBTORCH, or outside of the virtual environment, goes on
 * with it.
 * @param {{libtorch: string, torchVersion: string} | undefined} stamp build/addon.json
 * @returns {Answer}
 */
export function fromBuild(stamp, wanted, versions = manifest.builds) {
  if (!stamp) return { not: 'no addon is built yet' }
  const libtorch = inspectLibtorch(stamp.libtorch)
  if (libtorch.version !== stamp.torchVersion)
    return { not: `the last build's is gone or another (${libtorch.not ?? libtorch.version})` }
  if (!isOneOf(libtorch.version, versions))
    return { not: `the last build's is ${libtorch.version}, not ${versions.join(' or ')}` }
  if (wanted !== undefined && libtorch.cuda !== (wanted === 'cuda'))
    return { not: `the last build's is a ${libtorch.cuda ? 'CUDA' : 'CPU'} build` }
  return { libtorch }
}

/**
 * The torch of the `python3` on PATH, so of an active virtual environment; found without importing it.
 * @param {(file: string, args: string[]) => string | undefined} run
 * @returns {Answer}
 */
export function fromPython(wanted, versions = manifest.tested, run = ask) {
  const python = ['python3', 'python'].find((file) => run(file, ['-c', '']) !== undefined)
  if (!python) return { not: 'no Python' }
  const script = `import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')`
  const folder = run(python, ['-c', script])
  if (!folder) return { not: `${python} has no torch` }
  const libtorch = inspectLibtorch(folder)
  if ('not' in libtorch) return { not: `${python}'s torch has no LibTorch (${libtorch.not})` }
  if (!isOneOf(libtorch.version, versions))
    return { not: `${python}'s torch is ${libtorch.version}, not ${versions.join(' or ')}` }
  if (wanted !== undefined && libtorch.cuda !== (wanted === 'cuda'))
    return { not: `${python}'s torch is ${libtorch.cuda ? 'a CUDA' : 'a CPU'} build` }
  return { libtorch }
}

/**
 * What lies in a folder, by its content.
 * @returns {Libtorch | {not: string}}
 */
export function inspectLibtorch(folder) {
  for (const file of ['include/torch/csrc/api/include/torch/torch.h', 'lib/libtorch_cpu.so', 'lib/libc10.so'])
    if (!existsSync(join(folder, file))) return { not: `no ${file}` }
  const headers = ['include/torch/headeronly/version.h', 'include/torch/csrc/api/include/torch/version.h']
  for (const header of headers.map((name) => join(folder, name)).filter(existsSync)) {
    const version = versionOf(readFileSync(header, 'utf8'))
    if (version) return { folder, version, cuda: existsSync(join(folder, 'lib/libtorch_cuda.so')) }
  }
  return { not: 'no version in its headers' }
}

function versionOf(header) {
  const part = (name) => new RegExp(`#define TORCH_VERSION_${name}\\s+(\\d+)`).exec(header)?.[1]
  const parts = ['MAJOR', 'MINOR', 'PATCH'].map(part)
  return parts.includes(undefined) ? undefined : parts.join('.')
}

function isOneOf(version, versions) {
  return versions.some((wanted) => version === wanted || version.startsWith(`${wanted}.`))
}

/** One line about the choice. */
export function describe({ version, cuda, folder }, from) {
  return `LibTorch ${version} (${cuda ? 'CUDA' : 'CPU'} build) from ${from}: ${folder}`
}
