/** How many compilers may run at once: as many as the processors granted and the memory left allow. */

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { buildTypescript } from './typescript.mjs'

/** What one compiler takes with LibTorch's headers. */
const compilerBytes = 1.5e9

/**
 * A container's limits are read by the library's own code, which is compiled before the addon is.
 * @param {string} root the project
 */
export async function compileJobs(root) {
  await buildTypescript(root)
  const module = (name) => import(pathToFileURL(join(root, 'dist', 'native', name)).href)
  const { grantedProcessors } = await module('threads.js')
  const { availableMemory } = await module('memory.js')
  return jobsFor(grantedProcessors(), availableMemory())
}

/** At least one: a compiler alone may get by with less, and says so when it does not. */
export function jobsFor(processors, bytes) {
  return Math.max(1, Math.min(processors, Math.floor(bytes / compilerBytes)))
}
