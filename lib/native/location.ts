/** Where the built addon lies, and what set-up wrote down when it built it. */

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** The package's folder: this file is lib/native/location.ts or dist/native/location.js in it. */
export const packageFolder = resolve(__dirname, '..', '..')

export const addonPath = resolve(packageFolder, 'build', 'Release', 'ijepa.node')

/** The command that mends a missing or unfit addon. */
export const setupCommand = `node "${resolve(packageFolder, 'scripts', 'setup.mjs')}"`

/** build/addon.json, written by scripts/setup.mjs. */
export interface AddonMetadata {
  /** Version of the LibTorch that the addon was built for, as in its headers: '2.13.0'. */
  torchVersion: string
  /** Folder with that LibTorch's lib/ and include/. */
  libtorch: string
  /** It is a CUDA build of LibTorch. */
  cudaBuild: boolean
}

/** What set-up wrote about the addon; undefined when it has not built one. */
export function readAddonMetadata(): AddonMetadata | undefined {
  try {
    return JSON.parse(readFileSync(resolve(packageFolder, 'build', 'addon.json'), 'utf8')) as AddonMetadata
  } catch {
    return undefined
  }
}

/** This package's version, from its package.json. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(resolve(packageFolder, 'package.json'), 'utf8')) as { version: string })
    .version
}
