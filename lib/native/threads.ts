/** How many processors this process may really use: the scheduler's mask and the container's quota together. */

import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

/** Reads a small file of the kernel; undefined where there is none. */
export type ReadFile = (path: string) => string | undefined

const readKernelFile: ReadFile = (path) => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/**
 * Processors granted: the smaller of the affinity mask's count and the control group's quota, rounded up (1.5 processors
 * keep two threads busy three quarters of the time, which is more than one thread does). At least 1.
 */
export function grantedProcessors(): number {
  const quota = processorQuota(readKernelFile) ?? Infinity
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(quota)))
}

/**
 * The tightest processor quota of this process's control groups, version 2 (`cpu.max`) or 1 (`cpu.cfs_quota_us`);
 * undefined without one. A limit on any ancestor binds, and inside a container the path that /proc names may lie outside
 * of what is mounted: so every prefix of it is looked at, the mount's root included.
 */
export function processorQuota(read: ReadFile): number | undefined {
  const quotas: number[] = []
  for (const line of (read('/proc/self/cgroup') ?? '').split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    if (controllers === undefined || path === undefined) continue
    for (const folder of ancestors(path)) {
      const quota =
        controllers === ''
          ? quotaOfVersion2(read(join('/sys/fs/cgroup', folder, 'cpu.max')))
          : controllers.split(',').includes('cpu')
            ? quotaOfVersion1(folder, controllers, read)
            : undefined
      if (quota !== undefined) quotas.push(quota)
    }
  }
  return quotas.length === 0 ? undefined : Math.min(...quotas)
}

/** '/a/b' gives '/a/b', '/a', '/'. */
function ancestors(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '..')
  return Array.from({ length: parts.length + 1 }, (_, i) => '/' + parts.slice(0, parts.length - i).join('/'))
}

/** cpu.max: "<quota> <period>" in microseconds, or "max <period>". */
function quotaOfVersion2(text: string | undefined): number | undefined {
  const [quota, period] = (text ?? '').trim().split(/\s+/).map(Number)
  return ratio(quota, period)
}

function quotaOfVersion1(folder: string, controllers: string, read: ReadFile): number | undefined {
  for (const mount of [controllers, 'cpu']) {
    const value = (file: string) => Number(read(join('/sys/fs/cgroup', mount, folder, file)) ?? NaN)
    const quota = ratio(value('cpu.cfs_quota_us'), value('cpu.cfs_period_us'))
    if (quota !== undefined) return quota
  }
  return undefined
}

/** "max" reads as NaN and version 1 writes −1 for no limit: neither is a quota. */
function ratio(quota = NaN, period = NaN): number | undefined {
  return quota > 0 && period > 0 ? quota / period : undefined
}
