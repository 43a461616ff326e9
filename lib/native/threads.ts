/** How many processors this process may really use: the scheduler's mask and the container's quota together. */

import { availableParallelism } from 'node:os'
import { join } from 'node:path'

import { groupFolders, readKernelFile, type ReadFile } from './control-groups'

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
 * undefined without one.
 */
export function processorQuota(read: ReadFile): number | undefined {
  const quotas = groupFolders('cpu', read).flatMap(({ version, folder }) => {
    const file = (name: string) => read(join(folder, name)) ?? ''
    // Version 2: "<quota> <period>" in microseconds, or "max <period>".
    const [quota, period] =
      version === 2
        ? file('cpu.max').trim().split(/\s+/)
        : [file('cpu.cfs_quota_us'), file('cpu.cfs_period_us')]
    return ratio(Number(quota), Number(period))
  })
  return quotas.length === 0 ? undefined : Math.min(...quotas)
}

/** "max" reads as NaN and version 1 writes −1 for no limit: neither is a quota. */
function ratio(quota: number, period: number): number[] {
  return quota > 0 && period > 0 ? [quota / period] : []
}
