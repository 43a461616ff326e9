/**
 * Uses handles thousands of times, each kind of use in a process of its own, and reads the resident memory meanwhile.
 * Passes where every use did what it should and the memory has grown by at most 8 MiB since the first hundred.
 * `--only cycles,stream` narrows it, `--divide 50` makes every count smaller.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { table } from './tables.mjs'
import { prepare, uses } from './soak/uses.mjs'
import { Watch } from './soak/watch.mjs'

const allowedGrowth = 8 * 2 ** 20
/** V8's young objects and compiled code grow for the first thousands in any program: they are not what is measured. */
const steadyEngine = ['--max-semi-space-size=2', '--no-opt']
const file = fileURLToPath(import.meta.url)
const { values: flags } = parseArgs({
  options: {
    only: { type: 'string' },
    divide: { type: 'string', default: '1' },
    use: { type: 'string' }, // in the child: which, how often, where
    count: { type: 'string' },
    folder: { type: 'string' },
  },
})

if (flags.use) await uses[flags.use].run(new Watch(Number(flags.count)), flags.folder)
else await main()

async function main() {
  const folder = mkdtempSync(join(tmpdir(), 'ijepa-soak-'))
  try {
    await prepare(folder)
    const names = flags.only ? flags.only.split(',') : Object.keys(uses)
    const rows = []
    for (const name of names) {
      const count = Math.max(1, Math.round(uses[name].count / Number(flags.divide)))
      const result = await runUse(name, count, folder)
      console.log(`${result.verdict === 'ok' ? 'ok    ' : 'FAILED'}  ${name}`)
      rows.push(row(name, count, result))
    }
    const head = ['use', 'count', 'seconds', 'MiB at 100', 'at 1,000', 'at 10,000', 'at the end', 'verdict']
    console.log(`\n${table(head, rows)}`)
    process.exitCode = rows.every((cells) => cells.at(-1) === 'ok') ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs one use in a child; its standard output has a reading of the memory a line. */
async function runUse(name, count, folder) {
  const begun = performance.now()
  const args = [...steadyEngine, file, '--use', name, '--count', String(count), '--folder', folder]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const readings = new Map()
  createInterface(child.stdout).on('line', (line) => {
    const { done, bytes } = JSON.parse(line)
    readings.set(done, bytes)
  })
  let errors = ''
  child.stderr.on('data', (text) => (errors += text))
  const [status, signal] = await new Promise((resolve) => child.on('close', (...end) => resolve(end)))
  if (errors) console.error(errors.trimEnd())
  const seconds = (performance.now() - begun) / 1000
  const failure = signal ?? (status === 0 ? undefined : `exit status ${status}`)
  return { seconds, readings, verdict: failure ?? (errors ? 'said something' : judge(readings, count)) }
}

function judge(readings, count) {
  const last = readings.get(count)
  if (last === undefined) return 'ended early'
  const growth = last - (readings.get(100) ?? last)
  return growth <= allowedGrowth ? 'ok' : `grew by ${mebibytes(growth)} MiB`
}

function row(name, count, { seconds, readings, verdict }) {
  const at = (done) => (readings.has(done) ? mebibytes(readings.get(done)) : '')
  return [
    uses[name].title,
    count.toLocaleString('en'),
    seconds.toFixed(1),
    ...[100, 1000, 10_000, count].map(at),
    verdict,
  ]
}

function mebibytes(bytes) {
  return (bytes / 2 ** 20).toFixed(1)
}
