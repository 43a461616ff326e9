/** Runs commands: for their output, or with their progress shown as plain lines. */

import { spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync, writeSync } from 'node:fs'

/** Stops a command after this long where it is only asked something. */
const questionMs = 60_000
/** Of a failed command's output, as much as a person reads. */
const keptLines = 60

/** Standard output, trimmed; undefined where the command is missing or fails. */
export function ask(file, args, options = {}) {
  const { status, stdout } = spawnSync(file, args, { encoding: 'utf8', timeout: questionMs, ...options })
  return status === 0 ? stdout.trim() : undefined
}

/**
 * Runs to the end. `log` names a file that gets the whole output; `show(line)` gives the text to print for a line of output, or undefined. SIGINT and SIGTERM end the
 * command with all that it started (a process group of its own), then this process.
 * @returns {Promise<{ok: boolean, output: string}>} output: the last lines of both streams
 */
export function follow(file, args, { show = () => undefined, log, ...options } = {}) {
  return new Promise((resolve) => {
    const lines = []
    const logFile = log === undefined ? undefined : openSync(log, 'w')
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, ...options })
    const stop = (signal) => {
      if (child.pid) process.kill(-child.pid, signal)
      process.exitCode = 128 + (signal === 'SIGINT' ? 2 : 15)
    }
    process.once('SIGINT', stop).once('SIGTERM', stop)
    const take = (line) => {
      if (logFile !== undefined) writeSync(logFile, `${line}\n`)
      lines.push(line)
      if (lines.length > keptLines) lines.shift()
      const text = show(line)
      if (text !== undefined) console.log(text)
    }
    eachLine(child.stdout, take)
    eachLine(child.stderr, take)
    const end = (ok) => {
      if (logFile !== undefined) closeSync(logFile)
      process.off('SIGINT', stop).off('SIGTERM', stop)
      if (process.exitCode > 128) process.exit()
      resolve({ ok, output: lines.join('\n') })
    }
    child.on('error', (error) => {
      lines.push(error.message)
      end(false)
    })
    child.on('close', (status) => end(status === 0))
  })
}

function eachLine(stream, take) {
  let rest = ''
  stream.setEncoding('utf8').on('data', (text) => {
    const parts = (rest + text).split(/\r?\n|\r/)
    rest = parts.pop()
    parts.filter((line) => line !== '').forEach(take)
  })
  stream.on('end', () => {
    if (rest !== '') take(rest)
  })
}
