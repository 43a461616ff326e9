/** Corruptions: 40 pictures of 224 pixels under all 19 at all 5 severities, in the loader's threads and in Python's processes. */
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import corruptions from '../../dist/config/corruptions.js'
import native from '../../dist/native/index.js'
import { median } from './measure.mjs'
import { Epochs, evaluation, sequence, tableOf, training } from './ours/pictures.mjs'

const pictures = 40
const side = 224
const photograph = fileURLToPath(new URL('../../test/fixtures/golden/images/china.jpg', import.meta.url))
/** A round takes the peer minutes. */
const mostRounds = 3

export async function robustnessRows({ table, peers, rounds, threads }) {
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
