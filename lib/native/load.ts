/** Loads the addon, once a thread; the only place that does. */
import { existsSync } from 'node:fs'
import type { Addon, Environment } from '../../binding.gyp'
import { IjepaError } from '../errors'
import { addonPath, setupCommand } from './location'
import { probeAddonSync } from './probe'

let addon: Addon | undefined

/** @throws ERR_ADDON_LOAD: not built, or built for another LibTorch than the one found. */
export function loadAddon(): Addon {
  addon ??= endedAtExit(open())
  return addon
}

/** LibTorch, devices and decoders as the addon finds them. */
export function environment(): Environment {
  return loadAddon().environment()
}

/** LibTorch's CPU memory, in bytes; `peak` is since the last call. */
export function cpuMemory(): { live: number; peak: number; cached: number } {
  return loadAddon().cpuMemory()
}

function open(): Addon {
  const details = { file: addonPath }
  if (!existsSync(addonPath)) {
    throw new IjepaError('ERR_ADDON_LOAD', `The native addon is not built: run ${setupCommand}`, details)
  }
  const probe = probeAddonSync()
  if (!probe.ok) throw new IjepaError('ERR_ADDON_LOAD', `${probe.reason}: ${probe.advice}`, details)
  return withShortWaiting(() => {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- a .node file can be loaded in no other way
    return require(addonPath) as Addon
  })
}

/**
 * process.exit() runs the destructors of LibTorch's static objects at once; a native thread that still computes would
 * crash in them.
 */
function endedAtExit(loaded: Addon): Addon {
  process.once('exit', () => {
    loaded.end()
  })
  return loaded
}

/**
 * OpenMP's threads wait for one another spinning for some microseconds, then asleep: spinning for long, its default, holds
 * the processors that decoding and other processes need, and a training step takes ten times as long as soon as one of
 * them is busy otherwise; asleep at once, they are late where a processor must be woken up (a virtual machine's: a third
 * of the time of a prediction). OpenMP reads these variables once, when LibTorch is loaded; what the host has set stands.
 */
function withShortWaiting<T>(load: () => T): T {
  const { env } = process
  if (env.OMP_WAIT_POLICY !== undefined || env.GOMP_SPINCOUNT !== undefined) return load()
  env.OMP_WAIT_POLICY = 'PASSIVE'
  env.GOMP_SPINCOUNT = '1000'
  try {
    return load()
  } finally {
    delete env.OMP_WAIT_POLICY
    delete env.GOMP_SPINCOUNT
  }
}
