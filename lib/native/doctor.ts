/** Looks at everything that the library needs from this machine, and says what to do about what is missing. */

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import type { Environment } from '../../binding.gyp'
import { chooseLinearKernel, knownLinearKernel } from './kernels'
import { type AddonMetadata, readAddonMetadata, setupCommand } from './location'
import { availableMemory } from './memory'
import { interrogateAddon, type Interrogation, type MatrixRates } from './probe'
import { grantedProcessors } from './threads'

export interface Check {
  readonly name: string
  readonly ok: boolean
  readonly found: string
  /** What to do; only where `ok` is false, or something better is to be had. */
  readonly advice?: string
}

const install = {
  compiler: 'Debian: apt-get install g++; Fedora: dnf install gcc-c++; macOS: xcode-select --install',
  cmake: 'Debian: apt-get install cmake; Fedora: dnf install cmake; macOS: brew install cmake',
  python: 'Debian: apt-get install python3-pip; Fedora: dnf install python3-pip; macOS: brew install python',
}
/** Training the smallest encoders takes less than this, LibTorch included. */
const leastMemory = 2 ** 30

/**
 * Checks Node, the tools that set-up builds with, LibTorch, the addon, devices, the kernels that will be used and their speed,
 * decoders, processors and memory. Never throws and loads nothing into this process: the addon is asked in a child process.
 */
export async function doctor(): Promise<{ readonly ok: boolean; readonly checks: readonly Check[] }> {
  const metadata = readAddonMetadata()
  const addon = await interrogateAddon(undefined, { measureThreads: grantedProcessors() })
  const checks = [
    checkNode(process.version),
    ...(await checkTools(addon.ok)),
    checkLibtorch(metadata),
    checkAddon(addon),
    ...(addon.ok ? checkEnvironment(addon.environment, hasNvidiaDriver()) : []),
    ...(addon.ok && addon.rates ? checkMatrices(addon.environment, addon.rates) : []),
    checkProcessors(),
    checkMemory(availableMemory()),
  ]
  return { ok: checks.every((check) => check.ok), checks }
}

export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number)
  const ok = major > 20 || (major === 20 && minor >= 17)
  return ok
    ? { name: 'Node.js', ok, found: version }
    : { name: 'Node.js', ok, found: version, advice: 'Install Node.js 20.17 or newer.' }
}

/** Only building needs them: none is missing where a built addon loads. */
async function checkTools(isBuilt: boolean): Promise<Check[]> {
  const compilers = [process.env['CXX'], 'c++', 'g++', 'clang++'].filter((name) => name !== undefined)
  const tools = [
    {
      name: 'C++ compiler',
      commands: compilers.map((name) => [name, '--version']),
      advice: install.compiler,
    },
    { name: 'CMake', commands: [['cmake', '--version']], advice: install.cmake },
    {
      name: 'Python with pip',
      commands: ['python3', 'python'].map((name) => [name, '-m', 'pip', '--version']),
      advice: install.python,
    },
  ]
  return Promise.all(
    tools.map(async ({ name, commands, advice }) => {
      const found = await firstLine(commands)
      if (found !== undefined) return { name, ok: true, found }
      return { name, ok: isBuilt, found: isBuilt ? 'none; only building needs it' : 'none', advice }
    }),
  )
}

/** The first line that the first command which works prints. */
async function firstLine(commands: string[][]): Promise<string | undefined> {
  for (const [file = '', ...args] of commands) {
    try {
      const { stdout } = await promisify(execFile)(file, args, { timeout: 20_000 })
      return stdout.split('\n')[0]?.trim()
    } catch {
      // Not there, or it does not work: the next one.
    }
  }
  return undefined
}

function checkLibtorch(metadata: AddonMetadata | undefined): Check {
  const name = 'LibTorch'
  if (!metadata) return { name, ok: false, found: 'none chosen yet', advice: `Run ${setupCommand}` }
  const found = `${metadata.torchVersion} (${metadata.cudaBuild ? 'CUDA' : 'CPU'} build) in ${metadata.libtorch}`
  if (existsSync(join(metadata.libtorch, 'lib'))) return { name, ok: true, found }
  return { name, ok: false, found: `${found}, which is gone`, advice: `Run ${setupCommand}` }
}

function checkAddon(addon: Interrogation): Check {
  if (addon.ok)
    return { name: 'Addon', ok: true, found: `loads, with LibTorch ${addon.environment.torchLoaded}` }
  return { name: 'Addon', ok: false, found: addon.reason, advice: addon.advice }
}

export function checkEnvironment(environment: Environment, hasDriver: boolean): Check[] {
  const { cpu, cpuInstructions, cpuKernels, attention, cudaDevices, cudaBuild, jpegDecoder, imageDecoder } =
    environment
  const devices = [...cudaDevices, `CPU ${cpu}`].join(', ')
  const unusedGpu = hasDriver && cudaDevices.length === 0
  const advice = cudaBuild
    ? 'The NVIDIA driver is there but no GPU answers: check that nvidia-smi lists one.'
    : `This LibTorch has no CUDA: for the GPU, run ${setupCommand} --cuda`
  return [
    { name: 'Devices', ok: true, found: devices, ...(unusedGpu && { advice }) },
    {
      name: 'CPU instructions',
      ok: true,
      found:
        `${cpuInstructions.join(', ') || 'none that speed depends on'}; ` +
        `used by attention: ${attention}, by LibTorch: ${cpuKernels}`,
    },
    { name: 'JPEG decoder', ok: true, found: jpegDecoder },
    { name: 'Other pictures', ok: true, found: imageDecoder },
  ]
}

/** Which kernels multiply matrices on the CPU, and how fast; a new run chooses the float32 one itself, and keeps its choice. */
export function checkMatrices(environment: Environment, { threads, fp32, bf16 }: MatrixRates): Check[] {
  const names = { onednn: 'oneDNN', blas: environment.blas } as const
  const chosen = knownLinearKernel(environment) ?? chooseLinearKernel(fp32)
  const speed = (kernel: keyof typeof names) => `${names[kernel]}, ${gigaflops(fp32[kernel])}`
  const choices = {
    onednn: `${speed('onednn')} (not ${speed('blas')})`,
    blas: `${speed('blas')} (not ${speed('onednn')})`,
    mixed: `${speed('onednn')}; in training ${speed('blas')};`,
  }
  const use = environment.cpuBf16
    ? 'the default precision of training'
    : 'slow without bf16 instructions: fp32 is the default precision'
  return [
    {
      name: 'float32 matrices',
      ok: true,
      found: `${choices[chosen]} with ${count(threads)}`,
    },
    {
      name: 'bf16 matrices',
      ok: true,
      found: `${environment.bf16Kernel}, ${gigaflops(bf16)} with ${count(threads)}; ${use}`,
    },
  ]
}

function gigaflops(rate: number): string {
  return `${(rate / 1e9).toFixed(0)} GFLOP/s`
}

function count(threads: number): string {
  return threads === 1 ? '1 thread' : `${threads} threads`
}

function hasNvidiaDriver(): boolean {
  return existsSync('/proc/driver/nvidia/version')
}

function checkProcessors(): Check {
  const granted = grantedProcessors()
  return { name: 'Processors', ok: true, found: `${granted} granted of ${availableParallelism()} visible` }
}

/** @param bytes free for this process, the container's limit taken into account */
export function checkMemory(bytes: number): Check {
  const found = `${(bytes / 2 ** 30).toFixed(1)} GiB free`
  if (bytes >= leastMemory) return { name: 'Memory', ok: true, found }
  return { name: 'Memory', ok: false, found, advice: 'Free some memory: at least 1 GiB is needed.' }
}
