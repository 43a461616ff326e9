/**
 * Tries the addon in a child process first: a LibTorch other than the one that it was built for can end a process
 * (a missing symbol met late, a structure of another size), and that must never be the caller's.
 */

import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Environment } from '../../binding.gyp'
import type { LinearRates } from './kernels'
import { type AddonMetadata, addonPath, readAddonMetadata, setupCommand } from './location'
import { shortWaiting } from './threads'

export interface ProbeFailure {
  ok: false
  /** What is wrong, one sentence without an end mark. */
  reason: string
  /** What to do next, one sentence without an end mark. */
  advice: string
}
export type ProbeResult = { ok: true } | ProbeFailure
/** FLOP/s of matrix products by precision; in bf16 there is one kernel. */
export interface MatrixRates {
  threads: number
  fp32: LinearRates
  bf16: number
}
/** As ProbeResult, with what the addon says of itself, and what was measured where that was asked for. */
export type Interrogation = { ok: true; environment: Environment; rates?: MatrixRates } | ProbeFailure

interface ChildOutcome {
  status: number | null
  signal: string | null
  stdout: string
  stderr: string
  error?: Error
}

// The answer stands alone on the last line, whatever a library prints before it.
const childScript = `
  const [, path, threads] = process.argv
  const { environment, linearRates, bf16Rate } = require(path)
  const say = (rates) => process.stdout.write('\\n' + JSON.stringify({ environment: environment(), rates }))
  const measure = async (threads) => {
    return { threads, fp32: await linearRates(threads, 0.5), bf16: await bf16Rate(threads, 0.5) }
  }
  if (threads) measure(Number(threads)).then(say)
  else say()
`
/** A CUDA LibTorch that starts on a cold disk takes half a minute. */
const timeoutMs = 180_000
const loaderVariables = ['LD_LIBRARY_PATH', 'LD_PRELOAD', 'DYLD_LIBRARY_PATH'] as const

/**
 * Whether the addon loads here with the LibTorch that it was built for. A success is remembered beside the addon until
 * the addon, its LibTorch or the loader's variables change, so that only the first call costs a child process.
 */
export async function probeAddon(path = addonPath, metadata = readAddonMetadata()): Promise<ProbeResult> {
  const key = stampKey(path, metadata)
  if (isStamped(path, key)) return { ok: true }
  return remember(path, key, await interrogateAddon(path))
}

/** As probeAddon, synchronously: for the addon's first load. */
export function probeAddonSync(path = addonPath, metadata = readAddonMetadata()): ProbeResult {
  const key = stampKey(path, metadata)
  if (isStamped(path, key)) return { ok: true }
  const absent = missing(path)
  if (absent) return absent
  const child = spawnSync(process.execPath, childArguments(path), {
    encoding: 'utf8',
    timeout: timeoutMs,
    env: childEnvironment(),
  })
  return remember(path, key, interpret(child))
}

/**
 * Loads the addon in a child process and asks for its environment(); nothing is remembered.
 *
 * @param options.measureThreads with so many threads the child also measures how fast it multiplies matrices
 */
export async function interrogateAddon(
  path = addonPath,
  options: { measureThreads?: number } = {},
): Promise<Interrogation> {
  return missing(path) ?? interpret(await runChild(childArguments(path, options.measureThreads)))
}

/** What a child's end says about the addon. */
export function interpret(child: ChildOutcome): Interrogation {
  if (child.error && child.status === null && child.signal === null)
    return failure(`a process to try the addon in could not be started (${child.error.message})`)
  if (child.signal === 'SIGTERM')
    return failure(`loading the addon took longer than ${timeoutMs / 1000} s in a process of its own`)
  if (child.signal !== null)
    return failure(`loading the addon ended a process of its own by ${child.signal}${notes(child.stderr)}`)
  if (child.status !== 0) return failure(`the addon cannot be loaded${notes(child.stderr)}`)
  const answer = parseAnswer(child.stdout)
  if (!answer) return failure('the addon was loaded but did not answer')
  const { torchBuilt, torchLoaded } = answer.environment
  if (torchBuilt !== torchLoaded)
    return failure(`the addon was built for LibTorch ${torchBuilt}, but ${torchLoaded} is what was loaded`)
  return { ok: true, ...answer }
}

function runChild(args: string[]): Promise<ChildOutcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      env: childEnvironment(),
    })
    const outcome: ChildOutcome = { status: null, signal: null, stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => (outcome.stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (outcome.stderr += text))
    child.on('error', (error) => resolve({ ...outcome, error }))
    child.on('close', (status, signal) => resolve({ ...outcome, status, signal }))
  })
}

function childArguments(path: string, measureThreads?: number): string[] {
  return ['-e', childScript, path, ...(measureThreads === undefined ? [] : [String(measureThreads)])]
}

/**
 * Without NODE_OPTIONS: the caller's loaders and inspectors are not for the probe. Threads wait as in the caller, for what
 * is measured.
 */
function childEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, ...shortWaiting(), NODE_OPTIONS: '', ELECTRON_RUN_AS_NODE: '1' }
}

function parseAnswer(stdout: string): { environment: Environment; rates?: MatrixRates } | undefined {
  try {
    const answer = JSON.parse(stdout.slice(stdout.lastIndexOf('\n') + 1)) as {
      environment?: Environment
      rates?: MatrixRates
    }
    return answer.environment && { ...answer, environment: answer.environment }
  } catch {
    return undefined
  }
}

/** The line of an error's text that names it, in brackets. */
function notes(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '')
  const line = lines.find((text) => /^\S*Error: |terminate called|symbol lookup/.test(text)) ?? lines[0]
  return line === undefined ? '' : ` (${line.trim().slice(0, 300)})`
}

function missing(path: string): ProbeFailure | undefined {
  if (statSync(path, { throwIfNoEntry: false })) return undefined
  return { ok: false, reason: `there is no addon at ${path}`, advice: `build it with ${setupCommand}` }
}

function failure(reason: string): ProbeFailure {
  const set = loaderVariables.filter((name) => process.env[name])
  const advice =
    set.length > 0
      ? `unset ${set.join(' and ')}, which may bring in another LibTorch, or build anew with ${setupCommand}`
      : `build anew with ${setupCommand}`
  return { ok: false, reason, advice }
}

function stampPath(path: string): string {
  return `${path}.probe.json`
}

/** All that decides which LibTorch the addon meets. */
function stampKey(path: string, metadata: AddonMetadata | undefined): string {
  const core = metadata && join(metadata.libtorch, 'lib', 'libtorch_cpu.so')
  return JSON.stringify([
    signature(path),
    core && [core, signature(core)],
    metadata?.torchVersion,
    loaderVariables.map((name) => process.env[name] ?? ''),
    process.version,
    process.arch,
  ])
}

function signature(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat ? `${stat.size}@${stat.mtimeMs}` : 'absent'
}

function isStamped(path: string, key: string): boolean {
  try {
    return readFileSync(stampPath(path), 'utf8') === key
  } catch {
    return false
  }
}

function remember(path: string, key: string, result: Interrogation): ProbeResult {
  if (!result.ok) return result
  try {
    writeFileSync(stampPath(path), key)
  } catch {
    // A package folder that is read-only: the probe runs again next time.
  }
  return { ok: true }
}
