/** Loads the addon, once a thread; the only place that does. */
import { existsSync } from 'node:fs'
import type { Addon, Environment } from '../../binding.gyp'
import { IjepaError } from '../errors'
import { addonPath, setupCommand } from './location'
import { probeAddonSync } from './probe'
import { shortWaiting } from './threads'

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

/** OpenMP reads its variables when LibTorch is loaded; child processes do not inherit ours. */
function withShortWaiting<T>(load: () => T): T {
  const variables = shortWaiting()
  Object.assign(process.env, variables)
  try {
    return load()
  } finally {
    for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name)
  }
}
