/** Downloads wheels with the pip that is there, for this Python or, where a project has no wheel for it, for another. */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { ask, follow } from './command.mjs'
import { knownReason, noSuchVersion } from './failure.mjs'

/** A dead network is given up after a minute and a half for each index, not after a quarter of an hour. */
const patience = ['--retries', '2', '--timeout', '30']
const wheelsOnly = ['--only-binary', ':all:']
const quiet = ['--progress-bar', 'off', '--no-input', '--disable-pip-version-check']

/** A Python that has pip; else what there is instead. @returns {{python: string} | {not: string}} */
export function findPip() {
  const pythons = ['python3', 'python'].filter((file) => ask(file, ['-c', '']) !== undefined)
  const python = pythons.find((file) => ask(file, ['-m', 'pip', '--version']) !== undefined)
  if (python) return { python }
  return { not: pythons.length > 0 ? `${pythons[0]} has no pip` : 'there is no Python' }
}

/**
 * Downloads for pip's own Python, else for CPython 3.12: a system's Python is often older or newer than all that PyTorch
 * builds for, and the native parts, which alone are kept, are the same in all.
 * @returns {Promise<{ok: boolean, output: string}>}
 */
export async function pipDownload(python, folder, args) {
  const result = await download(python, folder, args)
  const other = otherPython()
  if (result.ok || !other || knownReason(result.output) !== noSuchVersion) return result
  return download(python, folder, [...other, ...args])
}

/** pip's own temporary files lie beside `folder`: /tmp may be small, and what is broken off goes with the rest. */
function download(python, folder, args) {
  const show = (line) => {
    const [, , size] = /^\s*Downloading (\S+) \((.*)\)/.exec(line) ?? []
    return size?.match(/[MG]B/) ? `  ${line.trim()}` : undefined
  }
  const TMPDIR = join(folder, '..', 'temporary')
  mkdirSync(TMPDIR, { recursive: true })
  const command = ['-m', 'pip', 'download', ...wheelsOnly, ...quiet, ...patience, '-d', folder, ...args]
  return follow(python, command, { show, env: { ...process.env, ...proxyOf(process.env), TMPDIR } })
}

/** A proxy that only npm was told of (`npm config set proxy`) reaches a script that npm runs, and pip through this. */
export function proxyOf(env) {
  const proxy = env.npm_config_https_proxy || env.npm_config_proxy
  const isSet = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'].some((name) => env[name])
  return proxy && !isSet ? { HTTPS_PROXY: proxy } : {}
}

function otherPython() {
  const machine = { x64: 'x86_64', arm64: 'aarch64' }[process.arch]
  if (process.platform !== 'linux' || !machine) return undefined
  const tags = ['manylinux2014', 'manylinux_2_17', 'manylinux_2_27', 'manylinux_2_28']
  const platforms = tags.flatMap((tag) => ['--platform', `${tag}_${machine}`])
  return ['--python-version', '3.12', '--implementation', 'cp', '--abi', 'cp312', ...platforms]
}
