/** Runs an expression over a module of scripts/setup in a Node of its own: jest cannot import ES modules as they are. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
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
  const { stdout, stderr } = spawnSync(process.execPath, nodeArguments(module, expression, given), {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 50_000,
  })
  return outcomeOf<T>(stdout, stderr)
}

/** As evaluateModule, while this process goes on: it may answer as a server, or end the child. */
export function startModule<T>(
  module: string,
  expression: string,
  given: unknown = null,
  env: NodeJS.ProcessEnv = {},
): { child: ChildProcess; outcome: Promise<Outcome<T>> } {
  const child = spawn(process.execPath, nodeArguments(module, expression, given), {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const text = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (part: string) => (text[name] += part))
  const closed = new Promise((resolve) => child.on('close', resolve))
  const outcome = closed.then(() => outcomeOf<T>(text.stdout, text.stderr))
  outcome.catch(() => undefined) // a test that ends the child asks for none
  return { child, outcome }
}

function nodeArguments(module: string, expression: string, given: unknown): string[] {
  const script = `
    import * as m from ${JSON.stringify(pathToFileURL(resolve(scripts, 'setup', module)).href)}
    const given = ${JSON.stringify(given)}
    const answer = (text) => process.stdout.write('\\n' + JSON.stringify(text))
    try { answer({ value: await (${expression}) }) }
    catch (error) { answer({ thrown: { name: error.name, message: error.message } }) }`
  return ['--input-type=module', '-e', script]
}

function outcomeOf<T>(stdout: string, stderr: string): Outcome<T> {
  const end = stdout.lastIndexOf('\n')
  if (end < 0) throw new Error(stderr)
  return { ...(JSON.parse(stdout.slice(end + 1)) as Outcome<T>), printed: stdout.slice(0, end) }
}
