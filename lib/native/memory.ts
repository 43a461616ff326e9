/** How much memory this process may really take: what the machine has free and what the container's limit leaves. */

import { freemem, totalmem } from 'node:os'
import { join } from 'node:path'

import { groupFolders, readKernelFile, type ReadFile } from './control-groups'

/** What a control group's files are called in its two versions. */
const fileNames = {
  1: {
    limit: 'memory.limit_in_bytes',
    used: 'memory.usage_in_bytes',
    pages: /^total_(?:in)?active_file (\d+)$/gm,
  },
  2: { limit: 'memory.max', used: 'memory.current', pages: /^(?:in)?active_file (\d+)$/gm },
}

/**
 * Bytes free for this process. Pages that hold files' contents count as free, as the kernel drops them at need: Node's own
 * process.availableMemory() counts them as used in a container, and after a download most of the limit is such pages.
 */
export function availableMemory(): number {
  return Math.min(systemMemory(), groupMemory(readKernelFile) ?? Infinity)
}

/** macOS leaves hardly any page free, it compresses and drops them at need: half of the memory is a fair guess there. */
function systemMemory(): number {
  return process.platform === 'darwin' ? Math.max(freemem(), totalmem() / 2) : freemem()
}

/** What the tightest limit of this process's control groups leaves; undefined without one. */
export function groupMemory(read: ReadFile): number | undefined {
  const left = groupFolders('memory', read).flatMap(({ version, folder }) => {
    const names = fileNames[version]
    const limit = Number(read(join(folder, names.limit)) ?? NaN)
    const used = Number(read(join(folder, names.used)) ?? NaN)
    if (!Number.isFinite(limit) || !Number.isFinite(used)) return []
    const pages = [...(read(join(folder, 'memory.stat')) ?? '').matchAll(names.pages)]
    const dropped = pages.reduce((sum, [, bytes]) => sum + Number(bytes), 0)
    return [Math.max(0, limit - Math.max(0, used - dropped))]
  })
  return left.length === 0 ? undefined : Math.min(...left)
}
