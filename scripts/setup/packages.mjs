/** The npm packages that package-lock.json names, installed when missing or stale. */

import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'

import { findProgram, follow } from './command.mjs'
import { howToInstall, knownReason, SetupError } from './failure.mjs'
import { readJson } from './stamp.mjs'

/** What npm's cache holds is not asked for again, and a dead network is given up after half a minute, not three. */
const npmOptions = [
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--include=dev',
  '--include=optional',
  '--package-lock',
  '--no-global',
  '--prefer-offline',
  '--fetch-retry-mintimeout=2000',
  '--fetch-retry-maxtimeout=10000',
]

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
  const { ok, output } = await follow(file, [...args, 'ci', ...npmOptions], {
    cwd: root,
    env: npmEnvironment(root),
    show: (line) => (/^added /.test(line) ? `npm packages: ${line}` : undefined),
  })
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

/**
 * The npm that runs us, the one beside our Node.js (which may not be on PATH, and npm's first line asks PATH for it), or the
 * one on PATH. What runs us may also be pnpm or Yarn: they do not read package-lock.json.
 */
export function npmCommand(env, node = process.execPath) {
  const prefix = join(dirname(node), '..')
  const scripts = [
    ...[env.npm_execpath].filter((path) => path !== undefined && basename(path) === 'npm-cli.js'),
    ...['lib/node_modules', 'share/nodejs'].map((folder) => join(prefix, folder, 'npm/bin/npm-cli.js')),
  ]
  const script = scripts.find((path) => existsSync(path))
  if (script) return [process.execPath, script]
  if (findProgram('npm')) return ['npm']
  throw new SetupError(
    `npm is missing, and with it the packages that package-lock.json names. ${howToInstall('npm')}; or, where npm is, run \`npm ci --ignore-scripts\` in the project and bring its node_modules here.`,
  )
}

/** With a cache inside the project where npm's own cannot be written to. */
function npmEnvironment(root) {
  if (isWritable(process.env.npm_config_cache ?? process.env.NPM_CONFIG_CACHE ?? join(homeFolder(), '.npm')))
    return process.env
  const cache = join(root, '.cache', 'npm')
  mkdirSync(cache, { recursive: true })
  return { ...process.env, npm_config_cache: cache }
}

/** A user without an entry in /etc/passwd has none. */
function homeFolder() {
  try {
    return homedir()
  } catch {
    return '/nonexistent'
  }
}

/** The folder, or else the nearest one above it that is there, in which it would be made. */
function isWritable(folder) {
  if (!existsSync(folder) && dirname(folder) !== folder) return isWritable(dirname(folder))
  try {
    accessSync(folder, constants.W_OK)
    return statSync(folder).isDirectory()
  } catch {
    return false
  }
}

function npmFailure(output) {
  const line =
    output.split('\n').find((text) => /npm error (?!code|A complete log)/.test(text)) ??
    output.split('\n').pop()
  const reason = knownReason(output) ?? line.replace(/^npm error\s*/, '')
  return `npm ci failed: ${reason}. Mend that (behind a proxy: npm config set proxy URL, or HTTPS_PROXY; without a network: bring node_modules from a machine of the same kind that has one), or run \`npm ci --ignore-scripts\` to see all of it; then start again.`
}
