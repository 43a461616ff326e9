/**
 * Compares with PyTorch in one run: interleaved rounds, medians, ratios (above 1: we are faster).
 * `--only train,predict,load` and `--rounds N` narrow it.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Ours } from './bench/ours.mjs'
import { Peer } from './bench/peer.mjs'

const { values: flags } = parseArgs({
  options: { only: { type: 'string' }, rounds: { type: 'string', default: '5' } },
})
const parts = flags.only ? flags.only.split(',') : ['train', 'predict', 'load']
const rounds = Number(flags.rounds)
const threads = availableParallelism()

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]

/** One warm-up each, then rounds in turn. */
async function compare(name, images, ours, theirs) {
  await ours()
  await theirs()
  const times = { ours: [], theirs: [] }
  for (let round = 0; round < rounds; round++) {
    times.ours.push(await ours())
    times.theirs.push(await theirs())
  }
  const [a, b] = [median(times.ours), median(times.theirs)]
  const perSecond = (seconds) => (images / seconds).toFixed(1).padStart(9)
  console.log(`${name.padEnd(44)}${perSecond(a)}${perSecond(b)}   ${(b / a).toFixed(2)} ×`)
}

const peer = await Peer.start(threads)
const ours = await Ours.start(threads)
console.log(
  `${cpus()[0]?.model.trim()}, ${threads} threads, PyTorch ${peer.version}, medians of ${rounds} rounds`,
)
console.log(`${'images/s'.padEnd(44)}${'ours'.padStart(9)}${'PyTorch'.padStart(9)}   ratio`)

for (const precision of ['fp32', 'bf16']) {
  if (!parts.includes('train')) continue
  await ours.configure(precision)
  await compare(
    `ViT-S/16@224 training step ${precision}, batch 16`,
    16,
    () => ours.step(precision, 16),
    () => peer.seconds('step', precision, 16),
  )
}
for (const precision of ['fp32', 'bf16']) {
  for (const batch of parts.includes('predict') ? [1, 16] : []) {
    await compare(
      `ViT-S/16@224 inference ${precision}, batch ${batch}`,
      batch,
      () => ours.predict(precision, batch),
      () => peer.seconds('predict', precision, batch),
    )
  }
}
if (parts.includes('load')) {
  // Two photographs (scikit-learn's, CC BY 2.0), 640 × 427, many times over.
  const folder = mkdtempSync(join(tmpdir(), 'ijepa-bench-'))
  const photographs = ['china.jpg', 'flower.jpg'].map((name) =>
    readFileSync(fileURLToPath(new URL(`../test/fixtures/golden/images/${name}`, import.meta.url))),
  )
  mkdirSync(join(folder, 'all'))
  const files = Array.from({ length: 512 }, (_, i) => join(folder, 'all', `${i}.jpg`))
  files.forEach((file, i) => writeFileSync(file, photographs[i % 2]))
  await compare(
    'random resized crop 224 + flip, 640×427 JPEG',
    512,
    () => ours.load(files, 64),
    () => peer.seconds('load', folder, 64),
  )
  rmSync(folder, { recursive: true })
}
await ours.dispose()
peer.stop()
