/** Runs an expression over a module of scripts/setup in a Node of its own: jest cannot import ES modules as they are. */

import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

export const scripts = resolve(__dirname, '../../../scripts')

interface Outcome<T> {
  value?: T
  /** Name and message of what was thrown. */
  thrown?: { name: string; message: string }
  /** What the module printed. */
  printed: string
}

/**
 * @param expression awaited; `m` is the module, `given` the second argument
 * @param env added to this process's
 */
export function evaluateModule<T>(
  module: string,
  expression: string,
  given: unknown = null,
  env: Record<string, string> = {},
): Outcome<T> {
  const script = `
    import * as m from ${JSON.stringify(pathToFileURL(resolve(scripts, 'setup', module)).href)}
    const given = ${JSON.stringify(given)}
    const answer = (text) => process.stdout.write('\\n' + JSON.stringify(text))
    try { answer({ value: await (${expression}) }) }
    catch (error) { answer({ thrown: { name: error.name, message: error.message } }) }`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  const end = stdout.lastIndexOf('\n')
  if (end < 0) throw new Error(stderr)
  return { ...(JSON.parse(stdout.slice(end + 1)) as Outcome<T>), printed: stdout.slice(0, end) }
}
