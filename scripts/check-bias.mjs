/**
 * Plants a colour in the training pictures of some data sets and none in as many others, trains a probe of the demo's encoder on each
 * and expects the sensitivity suite to find the colour in the former alone. `--seeds N` (default 5), `--train N` and `--test N`
 * pictures of each pattern (default 100 and 100).
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Trainer } from '../dist/index.mjs'
import { makePictures } from './bias/planted.mjs'

const encoder = fileURLToPath(new URL('../demo/encoder.safetensors', import.meta.url))
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '5' },
    train: { type: 'string', default: '100' },
    test: { type: 'string', default: '100' },
  },
})
const [seeds, train, test] = [values.seeds, values.train, values.test].map(Number)

const found = { planted: 0, control: 0 }
for (let seed = 0; seed < seeds; seed++) {
  for (const kind of ['planted', 'control']) {
    const { top1, lean, attributes } = await judged(kind === 'planted', seed)
    const isFound = lean.isClear && lean.attribute === 'colour'
    found[kind] += Number(isFound)
    const flips = attributes.map((one) => `${one.attribute} ${percent(one.flips.value)}`).join(', ')
    const words = lean.isClear ? `leans on ${lean.attribute}` : 'leans on nothing that can be told'
    console.log(`seed ${seed}, ${kind}: top-1 ${percent(top1.value)}, ${words}; other decisions: ${flips}`)
  }
}
console.log(`planted: found in ${found.planted} of ${seeds}; control: found in ${found.control} of ${seeds}`)
process.exitCode = found.planted === seeds && found.control === 0 ? 0 : 1

async function judged(planted, seed) {
  const folder = await mkdtemp(join(tmpdir(), 'ijepa-bias-'))
  makePictures(folder, { planted, seed, train, test })
  const trainer = await Trainer.create({
    encoder,
    data: { train: join(folder, 'train'), test: join(folder, 'test'), validation: 'none' },
    preprocessing: { cropFraction: 1 },
    directory: join(folder, 'runs'),
    seed,
  })
  try {
    const probe = await trainer.linearProbe({ preset: 'demo-probe', cache: false, progress: 'none' })
    const report = await trainer.evaluate(probe, { suites: ['bias'], thumbnails: false, progress: 'none' })
    return report.data.runs[0].sensitivity
  } finally {
    await trainer.dispose()
    await rm(folder, { recursive: true, force: true })
  }
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`
}
