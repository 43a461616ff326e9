/** How many processors this process may really use: the scheduler's mask and the container's quota together. */

import { availableParallelism } from 'node:os'
import { join } from 'node:path'

import { groupFolders, readKernelFile, type ReadFile } from './control-groups'

/**
 * Variables with which OpenMP's threads wait for one another spinning for some microseconds, then asleep: spinning for
 * long, its default, holds the processors that decoding and other processes need, and a training step takes ten times as
 * long as soon as one of them is busy otherwise; asleep at once, they are late where a processor must be woken up (a
 * virtual machine's: a third of the time of a prediction). OpenMP reads them once, when LibTorch is loaded; what the host
 * has set stands.
 */
export function shortWaiting(): Readonly<Record<string, string>> {
  const { OMP_WAIT_POLICY: policy, GOMP_SPINCOUNT: spins } = process.env
  if (policy !== undefined || spins !== undefined) return {}
  return { OMP_WAIT_POLICY: 'PASSIVE', GOMP_SPINCOUNT: '1000' }
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
