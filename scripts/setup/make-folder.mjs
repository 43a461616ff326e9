/** Makes folders, with those above them. */

import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * For paths that a user names. mkdirSync's own `recursive` never returns where a parent that is there answers ENOENT, as
 * /proc and automounters do (Node.js 20 to 24): it makes the parent, finds it, tries again, for ever.
 */
export function makeFolder(path) {
  if (existsSync(path)) return
  if (dirname(path) !== path) makeFolder(dirname(path))
  try {
    mkdirSync(path)
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
}
