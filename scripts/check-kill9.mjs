/**
 * Kills a training run again and again with SIGKILL, at random moments and in the midst of its saves, goes on with it each time
 * by `Trainer.resume`, and compares what it comes to with a run that nobody has touched: weights, optimizer, history and
 * metrics have to be equal to the bit.
 *
 *   node scripts/check-kill9.mjs [--kills 100] [--kind finetune | finetune-fp16 | finetune-views | linear-probe | linear-probe-batchnorm |
 *     logistic] [--seed N]
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { differences } from './kill9/compare.mjs'
import { live, liveUntil } from './kill9/kill.mjs'
import { randomNumbers, writePictures } from './kill9/runs.mjs'

const { values } = parseArgs({
  options: { kills: { type: 'string' }, kind: { type: 'string' }, seed: { type: 'string' } },
})
const kills = Number(values.kills ?? 100)
const seed = Number(values.seed ?? Date.now() % 2 ** 31)
const kinds =
  values.kind === undefined
    ? ['finetune', 'finetune-fp16', 'finetune-views', 'linear-probe', 'linear-probe-batchnorm', 'logistic']
    : [values.kind]
const random = randomNumbers(seed)
const folder = mkdtempSync(join(tmpdir(), 'ijepa-kill9-'))

console.log(`--seed ${seed}; ${kills} kills each`)
const data = writePictures(join(folder, 'data'))
for (const kind of kinds) if (!(await check(kind))) process.exitCode = 1
if (process.exitCode) console.log(`The runs are kept in ${folder}`)
else rmSync(folder, { recursive: true })

/** @param {string} kind */
async function check(kind) {
  const begun = performance.now()
  const common = { kind, epochs: Math.max(30, 2.5 * kills), data, result: join(folder, `${kind}.json`) }
  const expected = await live({ ...common, directory: join(folder, 'untouched') })
  const epochs = expected.history.length
  console.log(
    `${kind}: untouched, ${epochs} of ${common.epochs} epochs in ${expected.seconds.toFixed(1)} s, best ${expected.best.epoch + 1}`,
  )
  const run = beginning(kind, expected.directory)
  const traces = await killAll({ ...common, run }, paceOf(expected))
  const found = await live({ ...common, run })
  const different = differences(expected, found)
  const seconds = ((performance.now() - begun) / 1000).toFixed(0)
  for (const [trace, count] of [...traces].sort(([, a], [, b]) => b - a)) console.log(`  ${count} × ${trace}`)
  for (const line of different) console.log(`  ${line}`)
  const killed = sum(traces)
  const verdict = different.length === 0 ? 'bit-equal' : 'NOT EQUAL'
  console.log(`${kind}: ${killed} kills, ${verdict} to the untouched run (${seconds} s)`)
  return killed === kills && different.length === 0
}

/** A run that was ended before its first checkpoint: the same configuration, the measured kernel with it, and nothing else. */
function beginning(kind, untouched) {
  const run = join(folder, 'killed', kind)
  mkdirSync(join(run, 'checkpoints'), { recursive: true })
  for (const name of ['config.json', 'data.json']) cpSync(join(untouched, name), join(run, name))
  return run
}

/** Milliseconds; those of an epoch with its save. */
function paceOf({ history, seconds, prepared }) {
  const { length } = history
  return { epochs: length, epoch: (1000 * (seconds - prepared)) / length, begin: 1000 * prepared }
}

async function killAll(life, pace) {
  const traces = new Map()
  for (let left = kills, lives = 0; left > 0 && lives < 3 * kills; lives++) {
    const epochs = pace.epochs - epochOf(life.run)
    const trace = await liveUntil(life, nextMoment(epochs / left, epochs, pace))
    if (trace === 'end') continue // it was faster than the kill
    traces.set(trace, (traces.get(trace) ?? 0) + 1)
    left--
  }
  return traces
}

/** Epochs that are on the disk. */
function epochOf(run) {
  for (const name of ['last', 'previous']) {
    const file = join(run, 'checkpoints', name, 'state.json')
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')).epoch
  }
  return 0
}

/** `share`: epochs that each life may take on average, of the `epochs` that are left. */
function nextMoment(share, epochs, { epoch, begin }) {
  if (epochs < 3) return { kind: 'start', saves: 0, delay: random() * begin * (epochs === 0 ? 0.5 : 0.9) }
  const kind = pick({ start: 0.2, any: 0.3, save: 0.3, rename: 0.2 })
  if (kind === 'start') return { kind, saves: 0, delay: (0.3 + 0.7 * random()) * begin }
  const saves = Math.min(epochs - 3, Math.floor(random() * 2 * share))
  const delay = { any: epoch, save: epoch / 3, rename: 3 }[kind]
  return { kind, saves, delay: random() * delay }
}

/** One of the names, as often as its weight says. */
function pick(weights) {
  let at = random()
  return Object.keys(weights).find((name) => (at -= weights[name]) < 0) ?? 'any'
}

function sum(counts) {
  return [...counts.values()].reduce((a, b) => a + b, 0)
}
