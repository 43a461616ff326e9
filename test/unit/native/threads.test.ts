import { grantedProcessors, processorQuota } from '../../../lib/native/threads'
import { withKernelFiles } from './kernel-files'

const quota = (files: Record<string, string>) => withKernelFiles(files, processorQuota)

describe('the quota of control groups', () => {
  it('is none where there are no control groups, or no limit', () => {
    expect(quota({})).toBeUndefined()
    expect(quota({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'max 100000\n' })).toBeUndefined()
  })

  it('is quota over period in version 2', () => {
    expect(quota({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '150000 100000\n' })).toBe(1.5)
  })

  it("is the tightest of a group's ancestors", () => {
    const files = {
      '/proc/self/cgroup': '0::/system.slice/a.scope\n',
      '/sys/fs/cgroup/system.slice/a.scope/cpu.max': '800000 100000\n',
      '/sys/fs/cgroup/system.slice/cpu.max': '200000 100000\n',
      '/sys/fs/cgroup/cpu.max': 'max 100000\n',
    }
    expect(quota(files)).toBe(2)
  })

  it("is found at the mount's root where a container does not show the group's path", () => {
    expect(
      quota({ '/proc/self/cgroup': '0::/../../docker/abc\n', '/sys/fs/cgroup/cpu.max': '400000 100000' }),
    ).toBe(4)
  })

  it('is read from the cpu controller in version 1, where -1 is no limit', () => {
    const files = {
      '/proc/self/cgroup': '5:memory:/m\n4:cpu,cpuacct:/docker/abc\n',
      '/sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us': '100000\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '250000\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    }
    expect(quota(files)).toBe(2.5)
  })

  it('is none for text that is no number', () => {
    expect(quota({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'nonsense' })).toBeUndefined()
    expect(quota({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '100000 0' })).toBeUndefined()
  })
})

it('grants at least one processor, and a whole number of them', () => {
  expect(grantedProcessors()).toBeGreaterThanOrEqual(1)
  expect(Number.isInteger(grantedProcessors())).toBe(true)
})
