/** The kernel's files about a container, as a folder on the disk. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { readKernelFile, type ReadFile } from '../../../lib/native/control-groups'

/** What `ask` answers where `/` has these files. */
export function withKernelFiles<T>(files: Record<string, string>, ask: (read: ReadFile) => T): T {
  const root = mkdtempSync(join(tmpdir(), 'ijepa-kernel-'))
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), content)
    }
    return ask((path) => readKernelFile(join(root, path)))
  } finally {
    rmSync(root, { recursive: true })
  }
}
