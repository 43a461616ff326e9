/** Corruptions alone, in the loader's threads and in Python's processes; and the robustness suite from files to what it says. */
import { readdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import corruptions from '../../dist/config/corruptions.js'
import native from '../../dist/native/index.js'
import { median } from './measure.mjs'
import { picturesFolder } from './peers.mjs'
import { RobustnessSuite } from './ours/robustness.mjs'
import { Epochs, evaluation, sequence, tableOf, training } from './ours/pictures.mjs'

const pictures = 40
const side = 224
const photograph = fileURLToPath(new URL('../../test/fixtures/golden/images/china.jpg', import.meta.url))
/** A round takes the peer minutes. */
const mostRounds = 3
const suiteSeverity = 3

export async function robustnessRows(bench) {
  await corruptionRow(bench)
  await bench.peers.stop('corruptions')
  await suiteRows(bench)
}

async function corruptionRow({ table, peers, rounds, threads }) {
  const pixels = await crops(threads)
  const peer = await peers.corruptions()
  const folder = await mkdtemp(join(tmpdir(), 'ijepa-bench-'))
  try {
    const file = join(folder, 'pictures')
    writeFileSync(file, pixels)
    await peer.ask('load', file, side)
  } finally {
    await rm(folder, { recursive: true })
  }
  const ours = []
  const theirs = []
  for (let round = 0; round < Math.min(rounds, mostRounds); round++) {
    ours.push(await corruptAll(pixels, threads))
    theirs.push(await peer.ask('seconds'))
  }
  const figures = { ours: median(ours), theirs: median(theirs) }
  table.add({
    name: `corruptions, all 19 × 5, ${pictures} pictures of ${side}`,
    against: 'imagecorruptions',
    ...figures,
    unit: 's',
    ratio: figures.theirs / figures.ours,
    required: { atLeast: 5 },
  })
}

/** From files to decisions: one severity, of which the others take as long. */
async function suiteRows({ table, peers, rounds, threads }) {
  const folder = join(picturesFolder(), 'imagenet', 'all')
  const files = readdirSync(folder)
    .sort()
    .slice(0, pictures)
    .map((name) => join(folder, name))
  const directory = await mkdtemp(join(tmpdir(), 'ijepa-bench-'))
  const suite = await RobustnessSuite.create(files, directory, threads)
  try {
    const peer = await peers.robustness()
    for (const [precision, how] of [
      ['fp32', 'PyTorch eager, DataLoader, imagecorruptions'],
      ['bf16', 'the same with autocast'],
    ]) {
      const ours = []
      const theirs = []
      for (let round = 0; round < Math.min(rounds, mostRounds); round++) {
        ours.push(await suite.seconds(suiteSeverity, precision))
        theirs.push(await peer.ask('seconds', files, suiteSeverity, precision))
      }
      const figures = { ours: median(ours), theirs: median(theirs) }
      table.add({
        name: `robustness suite, ${pictures} pictures, ViT-S/16, ${precision}`,
        against: how,
        ...figures,
        unit: 's',
        ratio: figures.theirs / figures.ours,
        required: { atLeast: 2 },
        note: `all 19 at severity ${suiteSeverity}, and the pictures as they are; the other severities take as long`,
      })
    }
  } finally {
    await suite.dispose()
    await rm(directory, { recursive: true })
  }
}

/** uint8 [pictures, 3, side, side]: random parts of a photograph. */
async function crops(threads) {
  const table = tableOf(Array.from({ length: pictures }, () => photograph))
  const loader = new native.Loader(table, { ...training, batchSize: pictures, threads })
  loader.start(sequence(pictures), 0)
  const { pixels } = await loader.read()
  loader.dispose()
  return pixels
}

async function corruptAll(pixels, threads) {
  const size = 3 * side * side
  const files = Array.from({ length: pictures }, (_, i) => pixels.slice(i * size, (i + 1) * size))
  const planar = { ...tableOf(files, side), format: new Uint8Array(pictures).fill(2) }
  let seconds = 0
  for (const name of corruptions.allCorruptions) {
    for (const severity of corruptions.allSeverities) {
      const corruption = { name, severity, seed: 0 }
      const epochs = new Epochs(planar, { ...evaluation, cropFraction: 1, batchSize: 8, threads, corruption })
      seconds += await epochs.seconds(1)
      epochs.dispose()
    }
  }
  return seconds
}
