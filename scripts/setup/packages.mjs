/** The npm packages that package-lock.json names, installed when missing or stale. */

import { accessSync, constants, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

import { follow } from './command.mjs'
import { knownReason, SetupError } from './failure.mjs'
import { readJson } from './stamp.mjs'

/** Installs without any install script, neither ours nor a dependency's. @returns whether anything was done */
export async function installPackages(root) {
  const locked = readJson(join(root, 'package-lock.json'))?.packages
  if (!locked)
    throw new SetupError(
      `package-lock.json in ${root} is missing or damaged: restore it from the repository.`,
    )
  // npm writes this file last, so a broken-off installation has none.
  const installed = readJson(join(root, 'node_modules', '.package-lock.json'))?.packages
  const reason = staleness(locked, installed, thisPlatform())
  if (!reason) return false
  console.log(`npm packages: ${reason}; npm ci`)
  const [file, ...args] = npmCommand(process.env)
  const { ok, output } = await follow(
    file,
    [...args, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--include=dev', '--include=optional'],
    {
      cwd: root,
      env: npmEnvironment(root),
      show: (line) => (/^added /.test(line) ? `npm packages: ${line}` : undefined),
    },
  )
  if (!ok) throw new SetupError(npmFailure(output))
  return true
}

/**
 * Why the installed packages are not the locked ones, by what npm wrote of both; undefined when they are.
 * An optional package may be missing unless it names this very platform.
 * @param {Record<string, object>} locked `packages` of package-lock.json
 * @param {Record<string, object> | undefined} installed `packages` of node_modules/.package-lock.json
 * @param {{os: string, cpu: string, libc?: string}} platform
 */
export function staleness(locked, installed, platform) {
  if (!installed) return 'not installed yet'
  for (const [path, { version, integrity, optional, os, cpu, libc }] of Object.entries(locked)) {
    if (path === '') continue
    const found = installed[path]
    const isForHere = os && fits(os, platform.os) && fits(cpu, platform.cpu) && fits(libc, platform.libc)
    if (!found && optional && !isForHere) continue
    if (!found) return `${path.replace(/^.*node_modules\//, '')} is missing`
    if (found.version !== version || found.integrity !== integrity)
      return `${path.replace(/^.*node_modules\//, '')} is ${found.version}, not ${version}`
  }
  return undefined
}

function fits(list, value) {
  if (!list || value === undefined) return true
  if (list.includes(`!${value}`)) return false
  return list.every((name) => name.startsWith('!')) || list.includes(value)
}

function thisPlatform() {
  const libc =
    process.platform === 'linux'
      ? process.report.getReport().header.glibcVersionRuntime
        ? 'glibc'
        : 'musl'
      : undefined
  return { os: process.platform, cpu: process.arch, libc }
}

/** The npm that runs us, else the one on PATH. */
export function npmCommand(env) {
  return env.npm_execpath?.endsWith('.js') ? [process.execPath, env.npm_execpath] : ['npm']
}

/** With a cache inside the project where the home folder cannot be written to. */
function npmEnvironment(root) {
  try {
    accessSync(homedir(), constants.W_OK)
    return process.env
  } catch {
    const cache = join(root, '.cache', 'npm')
    mkdirSync(cache, { recursive: true })
    return { npm_config_cache: cache, ...process.env }
  }
}

function npmFailure(output) {
  const line =
    output.split('\n').find((text) => /npm error (?!code|A complete log)/.test(text)) ??
    output.split('\n').pop()
  const reason = knownReason(output) ?? line.replace(/^npm error\s*/, '')
  return `npm ci failed: ${reason}. Mend that (behind a proxy: npm config set proxy URL), or run \`npm ci --ignore-scripts\` to see all of it; then start again.`
}
