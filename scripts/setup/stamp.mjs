/** Decides by content whether something that was made from files has to be made again. */

import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'

/**
 * One hash over the names and contents of files, and over facts such as versions.
 * @param {string} root names are relative to it, so that a moved project keeps its hash
 * @param {string[]} paths files and folders in root; folders with all that is in them; absent ones count as absent
 * @param {Record<string, unknown>} facts
 */
export function hashInputs(root, paths, facts = {}) {
  const hash = createHash('sha256').update(JSON.stringify(facts))
  for (const file of paths.flatMap((path) => filesIn(join(root, path)))) {
    const content = readFileSync(file)
    hash.update(`\0${relative(root, file).split(sep).join('/')}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

/** The object in a JSON file; undefined where it is missing or damaged. */
export function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

/** Whole or not at all: to a temporary name, then renamed. */
export function writeJson(path, value) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(`${path}.part`, JSON.stringify(value, null, 2) + '\n')
  renameSync(`${path}.part`, path)
}

/** The stamp was written for these inputs, and all that was made then is still there. */
export function isFresh(stamp, inputs, outputs) {
  return readJson(stamp)?.inputs === inputs && outputs.every((path) => existsSync(path))
}

function filesIn(path) {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) return []
  if (!stat.isDirectory()) return [path]
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesIn(join(path, name)))
}
