/** Runs commands: for their output, or with their progress shown as plain lines. */

import { spawn, spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync, writeSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { Interrupted } from './failure.mjs'

const supervisor = fileURLToPath(new URL('supervise.mjs', import.meta.url))
/** Stops a command after this long where it is only asked something. */
const questionMs = 30_000
/** Of a failed command's output, as much as a person reads. */
const keptLines = 60

/** Standard output, trimmed; undefined where the command is missing or fails. */
export function ask(file, args, options = {}) {
  const { status, stdout } = spawnSync(file, args, { encoding: 'utf8', timeout: questionMs, ...options })
  return status === 0 ? stdout.trim() : undefined
}

/** The path of a program on PATH, or undefined; a path is looked at as it is. */
export function findProgram(name) {
  if (name.includes('/')) return existsSync(name) ? name : undefined
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file))
}

/**
 * Runs to the end. `log` names a file that gets the whole output; `show(line)` gives the text to print for a line of output,
 * or undefined. The command and all that it starts are a process group of their own, which ends with this process.
 * @returns {Promise<{ok: boolean, output: string}>} output: the last lines of both streams
 * @throws {Interrupted} SIGINT or SIGTERM came, and the group has ended
 */
export function follow(file, args, { show = () => undefined, log, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const lines = []
    const logFile = log === undefined ? undefined : openSync(log, 'w')
    const child = spawn(process.execPath, [supervisor, file, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      ...options,
    })
    let interruptedBy
    const stop = (signal) => {
      interruptedBy = signal
      signalGroup(child.pid, signal)
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
      if (interruptedBy) reject(new Interrupted(interruptedBy))
      else resolve({ ok, output: lines.join('\n') })
    }
    child.on('error', (error) => {
      lines.push(error.message)
      end(false)
    })
    child.on('close', (status) => end(status === 0))
  })
}

function signalGroup(leader, signal) {
  try {
    process.kill(-leader, signal)
  } catch {
    // It has just ended.
  }
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
