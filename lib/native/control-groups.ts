/** Where the kernel writes down the limits of a container: this process's control groups and all their ancestors. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Reads a small file of the kernel; undefined where there is none. */
export type ReadFile = (path: string) => string | undefined

export const readKernelFile: ReadFile = (path) => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** A folder that holds one group's files, of version 2, or of a controller's version 1. */
export interface GroupFolder {
  version: 1 | 2
  folder: string
}

/**
 * The folders of all groups that bind this process: version 2's, and version 1's of `controller`. A limit on any ancestor
 * binds, and inside a container the path that /proc names may lie outside of what is mounted: so every prefix of it is
 * listed, the mount's root included.
 */
export function groupFolders(controller: 'cpu' | 'memory', read: ReadFile): GroupFolder[] {
  return (read('/proc/self/cgroup') ?? '').split('\n').flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    if (controllers === undefined || path === undefined) return []
    const names = controllers.split(',')
    if (controllers !== '' && !names.includes(controller)) return []
    return ancestors(path).flatMap((group): GroupFolder[] => {
      const folder = (mount: string) => join('/sys/fs/cgroup', mount, group)
      if (controllers === '') return [{ version: 2, folder: folder('') }]
      return [...new Set([controllers, controller])].map((mount) => ({ version: 1, folder: folder(mount) }))
    })
  })
}

/** '/a/b' gives '/a/b', '/a', '/'. */
function ancestors(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '..')
  return Array.from({ length: parts.length + 1 }, (_, i) => '/' + parts.slice(0, parts.length - i).join('/'))
}
