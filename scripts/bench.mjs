/**
 * Compares with what people use otherwise: every side in the same run, rounds in turn, medians, ratios. Nothing is asserted:
 * a row says whether it reaches what is asked of it. Peers are installed into .cache, once.
 */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import native from '../dist/native/index.js'
import { Peers, Unavailable } from './bench/peers.mjs'
import { featureRows } from './bench/rows-features.mjs'
import { freezingRows } from './bench/rows-freezing.mjs'
import { loadRows } from './bench/rows-load.mjs'
import { loopRows } from './bench/rows-loop.mjs'
import { memoryRows } from './bench/rows-memory.mjs'
import { predictRows } from './bench/rows-predict.mjs'
import { prepareRows } from './bench/rows-prepare.mjs'
import { probeRows } from './bench/rows-probe.mjs'
import { reportRows } from './bench/rows-report.mjs'
import { robustnessRows } from './bench/rows-robustness.mjs'
import { trainRows } from './bench/rows-train.mjs'
import { Table } from './bench/table.mjs'

const groups = {
  train: {
    measure: allTrainRows,
    done: ['pytorch'],
    what: 'training steps: PyTorch; freezing and checkpointing',
  },
  memory: { measure: memoryRows, done: [], what: 'memory of a training step: PyTorch' },
  predict: { measure: predictRows, done: ['onnxruntime'], what: 'inference: onnxruntime-node' },
  prepare: {
    measure: prepareRows,
    done: ['transformers.js'],
    what: "a file to the model's input: Pillow, transformers.js",
  },
  load: { measure: loadRows, done: ['pytorch'], what: 'pictures to training batches: torchvision, timm' },
  loop: { measure: loopRows, done: [], what: 'what a training loop spends outside of its steps' },
  features: {
    measure: featureRows,
    done: ['pytorch'],
    what: 'features of pictures: PyTorch; a probe whose features are kept',
  },
  probe: {
    measure: probeRows,
    done: ['probe'],
    what: 'many heads in one pass: one by one; nearest neighbours, logistic regression: scikit-learn, PyTorch',
  },
  report: {
    measure: reportRows,
    done: ['report'],
    what: 'metrics, their intervals and the report: scikit-learn',
  },
  robustness: {
    measure: robustnessRows,
    done: ['corruptions', 'robustness'],
    what: 'corruptions of ImageNet-C, and the robustness suite: imagecorruptions, PyTorch',
  },
}
const usage = `npm run bench -- [GROUP ...] [options]

Groups (default: all) and what each is measured against:
${Object.entries(groups)
  .map(([name, { what }]) => `  ${name.padEnd(12)}${what}`)
  .join('\n')}

Options:
  --only GROUP,…  the same as GROUP …
  --rounds N      rounds, of which medians are given (default 5)
  --json FILE     write the rows there, too
  --help          this text`

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', default: Object.keys(groups).join(',') },
    rounds: { type: 'string', default: '5' },
    json: { type: 'string' },
    help: { type: 'boolean' },
  },
})
const chosen = positionals.length > 0 ? positionals : flags.only.split(',')
const rounds = Number(flags.rounds)
if (flags.help || !chosen.every((name) => name in groups) || !(rounds >= 1)) {
  console.log(usage)
  process.exit(flags.help ? 0 : 1)
}

// As people run it: the library chooses how OpenMP waits.
for (const name of ['OMP_WAIT_POLICY', 'GOMP_SPINCOUNT', 'OMP_NUM_THREADS']) delete process.env[name]
const threads = native.grantedProcessors()
const table = new Table()
const peers = new Peers(threads)
const machine = `${cpus()[0]?.model.trim()}, ${threads} threads`
console.log(
  `${machine}, medians of ${rounds} rounds; ratio: how many times as fast, or the part of the peer's`,
)
table.head()
for (const [name, { measure, done }] of Object.entries(groups)) {
  if (!chosen.includes(name)) continue
  try {
    await measure({ table, peers, rounds, threads })
  } catch (error) {
    const note = error instanceof Unavailable ? `not installed here: ${error.message}` : error.stack
    table.add({ name, note })
  }
  await peers.stop(...done)
}
await peers.stop()
if (flags.json) {
  const { torchLoaded } = native.environment()
  const result = { machine, rounds, torch: torchLoaded, rows: table.results() }
  writeFileSync(flags.json, JSON.stringify(result, null, 2) + '\n')
}

/** Against ourselves first: that needs no peer. */
async function allTrainRows(bench) {
  await freezingRows(bench)
  await trainRows(bench)
}
