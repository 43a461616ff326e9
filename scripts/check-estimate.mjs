/**
 * Compares what `trainer.estimate` says with what the same run takes then, on the demo's photographs: two freezing stages on
 * what is kept of the frozen blocks, a fine-tune of all, updates of many batches, probes. Passes where the medians of the
 * ratios, of time and of memory, are within a fifth of 1. Other work on the machine makes the times meaningless.
 * `--only NAME,…` and `--rounds N` (3) narrow it.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Trainer } from '../dist/index.mjs'
import native from '../dist/native/index.js'
import { median } from './bench/measure.mjs'
import { table } from './tables.mjs'

const demo = fileURLToPath(new URL('../demo/', import.meta.url))
const tolerance = 0.2

/** @type {Record<string, { kind: 'finetune' | 'linear-probe', recipe: Record<string, unknown> }>} */
const cases = {
  stages: {
    kind: 'finetune',
    recipe: {
      epochs: 8,
      views: 1,
      freeze: [
        { from: 0, train: ['head'] },
        { from: 4, train: ['head', 'blocks.-2..'] },
      ],
    },
  },
  full: { kind: 'finetune', recipe: { epochs: 5, ema: 0.99 } },
  batches: { kind: 'finetune', recipe: { epochs: 3, batchSize: 16, gradientAccumulation: 8 } },
  probe: { kind: 'linear-probe', recipe: { preset: 'adamw', cache: false } },
  sweep: {
    kind: 'linear-probe',
    recipe: { cache: false, sweep: { learningRates: [1e-3, 3e-3, 1e-2], weightDecays: [0, 1e-4] } },
  },
  logistic: { kind: 'linear-probe', recipe: { cache: false } },
  neighbors: { kind: 'linear-probe', recipe: { cache: false, k: [10, 20] } },
  attentive: { kind: 'linear-probe', recipe: { head: 'attentive', epochs: 8 } },
  views: { kind: 'linear-probe', recipe: { cache: false, views: 2 } },
}

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string', default: Object.keys(cases).join(',') },
    rounds: { type: 'string', default: '3' },
  },
})
const chosen = flags.only.split(',')
const unknown = chosen.filter((name) => !(name in cases))
if (unknown.length > 0 || !(Number(flags.rounds) >= 1)) {
  console.error(`Expected --only of ${Object.keys(cases).join(', ')} and --rounds from 1`)
  process.exit(1)
}

const directory = await mkdtemp(join(tmpdir(), 'ijepa-estimate-'))
const trainer = await Trainer.create({
  encoder: join(demo, 'encoder.safetensors'),
  data: { train: join(demo, 'photographs-train.tar'), validation: join(demo, 'photographs-test.tar') },
  preprocessing: { cropFraction: 1 },
  device: 'cpu',
  directory,
})
try {
  const rows = []
  for (const name of chosen) rows.push(await compare(name))
  console.log(table(['run', 'estimated s', 'real s', 'ratio', 'MB', 'ratio', ''], rows))
} finally {
  await trainer.dispose()
  await rm(directory, { recursive: true })
}

/** @param {string} name */
async function compare(name) {
  const { kind, recipe } = cases[name]
  const rounds = []
  for (let round = 0; round < Number(flags.rounds); round++) {
    // What an earlier round has kept would make this one shorter.
    const fresh =
      recipe.head === 'attentive' ? { ...recipe, cache: join(directory, `cache-${round}`) } : recipe
    const estimated = await trainer.estimate({ ...fresh, kind, progress: 'none' })
    rounds.push({ estimated, real: await measured(kind, fresh) })
  }
  /** @param {(round: typeof rounds[number]) => number} of */
  const middle = (of) => median(rounds.map(of))
  const time = middle(({ estimated, real }) => estimated.seconds / real.seconds)
  const memory = middle(({ estimated, real }) => estimated.bytes / real.bytes)
  const passes = Math.abs(time - 1) <= tolerance && Math.abs(memory - 1) <= tolerance
  if (!passes) process.exitCode = 1
  return [
    name,
    middle(({ estimated }) => estimated.seconds).toFixed(1),
    middle(({ real }) => real.seconds).toFixed(1),
    time.toFixed(2),
    (middle(({ real }) => real.bytes) / 1e6).toFixed(0),
    memory.toFixed(2),
    passes ? 'pass' : 'FAIL',
  ]
}

/** Seconds of the run, and its tensors at most beyond those that were there. @param {string} kind @param {object} recipe */
async function measured(kind, recipe) {
  native.deviceMemory('cpu') // forgets the peak before
  const { peak: before } = native.deviceMemory('cpu')
  const begun = performance.now()
  const options = { ...recipe, progress: 'none' }
  await (kind === 'finetune' ? trainer.finetune(options) : trainer.linearProbe(options))
  const seconds = (performance.now() - begun) / 1000
  return { seconds, bytes: native.deviceMemory('cpu').peak - before }
}
