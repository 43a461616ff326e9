/**
 * node supervise.mjs COMMAND ARGUMENT...: runs the command, and ends it with all that it has started when standard input
 * ends: when the set-up that holds its other end is gone, by kill -9 too. Leads a process group of its own (command.mjs
 * sees to that), so that no compiler, npm or pip goes on working in a folder that the next set-up works in.
 */

import { spawn } from 'node:child_process'

/** For whom SIGTERM is not enough. */
const graceMs = 2000

const [file, ...args] = process.argv.slice(2)
// Its output goes through here: written to a set-up that is gone, it would be SIGPIPE, of which ninja dies before it has
// ended its compilers.
const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] })
let isEnding = false
pass(child.stdout, process.stdout)
pass(child.stderr, process.stderr)

// The command gets these too, as one of the group, and decides when it ends.
process.on('SIGINT', () => {}).on('SIGTERM', () => {})
process.stdin.on('end', endGroup).on('error', endGroup).resume()
child.on('error', ({ message }) => {
  console.error(message)
  process.exit(127)
})
child.on('close', (status) => {
  if (isEnding) return
  process.exitCode = status ?? 1
  process.stdin.destroy()
})

/** Reads on where nobody takes it any more. */
function pass(from, to) {
  to.on('error', () => from.resume())
  from.pipe(to, { end: false })
}

/** SIGTERM first: ninja gives each compiler a group of its own, and alone can end those. */
function endGroup() {
  isEnding = true
  process.kill(-process.pid, 'SIGTERM')
  setTimeout(() => process.kill(-process.pid, 'SIGKILL'), graceMs)
}
