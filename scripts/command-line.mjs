/** What the scripts have in common: flags, working folder, signals, one-line errors, numbered folders. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { helpText, optionsFromFlags } from '../dist/config/index.js'

export const projectRoot = fileURLToPath(new URL('..', import.meta.url))

/** npm delivers a Ctrl+C of the terminal a second time to its child: what follows within this time is that echo. */
const echoMs = 500

/**
 * Runs a command with the options that its flags give, or prints its help.
 *
 * @template {import('../dist/config/index.js').CommandName} Name
 * @param {Name} name
 * @param {(flags: ReturnType<typeof optionsFromFlags<Name>>, signal: AbortSignal) => Promise<void>} work
 */
export function runCommand(name, work) {
  return runScript(async (signal) => {
    const flags = optionsFromFlags(process.argv.slice(2), name)
    if (flags.script.help) console.log(helpText(name))
    else await work(flags, signal)
  })
}

/**
 * Runs a script's work. SIGINT and SIGTERM abort `signal`; when the work has saved and ended, the exit status is 130; a second
 * signal exits at once. What fails, the save after a signal too, is one line, `CODE: message`, on standard error, and exit
 * status 1.
 *
 * @param {(signal: AbortSignal) => Promise<void>} work
 */
export async function runScript(work) {
  enterCallersFolder()
  const stopping = new AbortController()
  listenToSignals(stopping)
  ignoreClosedPipe()
  failWhereStateIsLost()
  try {
    await work(stopping.signal)
    if (stopping.signal.aborted) process.exitCode = 130
  } catch (error) {
    const isStopped = stopping.signal.aborted && error === stopping.signal.reason
    process.exitCode = isStopped ? 130 : 1
    if (!isStopped) console.error(errorLine(error))
  }
}

/** @param {unknown} error */
export function errorLine(error) {
  const { code, message } = /** @type {{ code?: string, message?: string }} */ (Object(error))
  const text = (message ?? String(error)).replace(/\s*\n\s*/g, '; ')
  return `${code ?? 'ERR_INTERNAL'}: ${text}`
}

/** npm starts scripts in the project's root; paths on the command line are meant from where the person stands. */
function enterCallersFolder() {
  const { INIT_CWD } = process.env
  if (INIT_CWD && process.cwd() + '/' === projectRoot && existsSync(INIT_CWD)) process.chdir(INIT_CWD)
}

/** @param {AbortController} stopping */
function listenToSignals(stopping) {
  let firstAt = 0
  /** @param {string} name */
  const onSignal = (name) => {
    if (stopping.signal.aborted) {
      if (Date.now() - firstAt > echoMs) process.exit(130)
      return
    }
    firstAt = Date.now()
    console.error(`\n${name}: stopping after the last whole step is saved; a second ${name} stops at once`)
    stopping.abort(new Error(`stopped by ${name}`))
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
}

/** A resumed run saves after its promise has been rejected; Node prints the warning when that fails. */
function failWhereStateIsLost() {
  process.on('warning', (warning) => {
    if (/** @type {NodeJS.ErrnoException} */ (warning).code === 'WARN_STATE_NOT_SAVED') process.exitCode = 1
  })
}

/** `npm run inspect -- FILE | head` ends quietly. */
function ignoreClosedPipe() {
  process.stdout.on('error', (error) => {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EPIPE') process.exit(0)
    throw error
  })
}

/** `path`, or `path-2`, `path-3`, … and `ending`: the first that is not there yet. @param {string} path */
export function freePath(path, ending = '') {
  let number = 1
  const candidate = () => `${path}${number === 1 ? '' : `-${number}`}${ending}`
  while (existsSync(candidate())) number++
  return candidate()
}
