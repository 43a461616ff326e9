import { availableMemory, groupMemory } from '../../../lib/native/memory'
import { withKernelFiles } from './kernel-files'

const memory = (files: Record<string, string>) => withKernelFiles(files, groupMemory)
const gibibyte = 2 ** 30

describe('the memory that control groups leave', () => {
  it('is not limited where there are no control groups, or no limit', () => {
    expect(memory({})).toBeUndefined()
    expect(
      memory({
        '/proc/self/cgroup': '0::/\n',
        '/sys/fs/cgroup/memory.max': 'max\n',
        '/sys/fs/cgroup/memory.current': '1000\n',
      }),
    ).toBeUndefined()
  })

  it("is the limit less what is used, where files' pages count as free", () => {
    expect(
      memory({
        '/proc/self/cgroup': '0::/\n',
        '/sys/fs/cgroup/memory.max': `${4 * gibibyte}\n`,
        '/sys/fs/cgroup/memory.current': `${3.9 * gibibyte}\n`,
        '/sys/fs/cgroup/memory.stat': `anon ${gibibyte}\nfile ${2.5 * gibibyte}\ninactive_file ${2 * gibibyte}\nactive_file ${0.5 * gibibyte}\n`,
      }),
    ).toBeCloseTo(2.6 * gibibyte, -3)
  })

  it("is the least of a group's ancestors", () => {
    expect(
      memory({
        '/proc/self/cgroup': '0::/a/b\n',
        '/sys/fs/cgroup/a/b/memory.max': 'max\n',
        '/sys/fs/cgroup/a/b/memory.current': '5\n',
        '/sys/fs/cgroup/a/memory.max': '100\n',
        '/sys/fs/cgroup/a/memory.current': '40\n',
      }),
    ).toBe(60)
  })

  it('is read from the memory controller in version 1', () => {
    expect(
      memory({
        '/proc/self/cgroup': '9:cpu:/c\n4:memory:/docker/abc\n',
        '/sys/fs/cgroup/memory/memory.limit_in_bytes': '1000\n',
        '/sys/fs/cgroup/memory/memory.usage_in_bytes': '900\n',
        '/sys/fs/cgroup/memory/memory.stat':
          'cache 500\ntotal_inactive_file 300\ntotal_active_file 100\ninactive_file 7\n',
      }),
    ).toBe(500)
  })

  it('is never below nothing', () => {
    const files = {
      '/proc/self/cgroup': '0::/\n',
      '/sys/fs/cgroup/memory.max': '100',
      '/sys/fs/cgroup/memory.current': '150',
    }
    expect(memory(files)).toBe(0)
  })
})

it('finds some memory on this machine', () => {
  expect(availableMemory()).toBeGreaterThan(1e6)
  expect(Number.isFinite(availableMemory())).toBe(true)
})
