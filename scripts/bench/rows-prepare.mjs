/** A file to the model's input, no model: one 640×427 JPEG after the other, float32 [3, 224, 224] on every side. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import checkpoint from '../../dist/checkpoint/index.js'
import config from '../../dist/config/index.js'
import native from '../../dist/native/index.js'
import { interleave, largestDifference } from './measure.mjs'
import { evaluation, sequence, tableOf } from './ours/pictures.mjs'
import { timed } from './ours/vit-small.mjs'
import { normalised } from './pixels.mjs'
import { Unavailable } from './peers.mjs'

const file = fileURLToPath(new URL('../../test/fixtures/golden/images/china.jpg', import.meta.url))

/** As Classifier.predict does for one path: a loader of its own. */
async function prepare(threads) {
  const loader = new native.Loader(tableOf([file]), { ...evaluation, batchSize: 1, threads })
  loader.start(sequence(1), 0)
  const { pixels } = await loader.read()
  loader.dispose()
  return normalised(pixels)
}

export async function prepareRows({ table, peers, rounds, threads }) {
  const ours = (times) => timed(times, () => prepare(threads))
  const values = await prepare(threads)
  const compare = async (against, peer, atLeast) => {
    const difference = largestDifference(await peer.ask('values', file), values)
    const seconds = await interleave({ ours, theirs: (times) => peer.ask('prepare', file, times) }, rounds)
    table.add({
      name: 'file to input, 640×427 JPEG',
      against,
      ours: 1000 * seconds.ours,
      theirs: 1000 * seconds.theirs,
      unit: 'ms',
      ratio: seconds.theirs / seconds.ours,
      required: { atLeast },
      note: `largest difference of the input ${difference.toPrecision(2)} standard deviations`,
    })
  }
  await compare('Pillow', await peers.pytorch(), 1.8)
  const folder = await mkdtemp(join(tmpdir(), 'ijepa-bench-'))
  try {
    const peer = await peers.transformersJs(writeConfig(folder))
    await compare(`transformers.js ${peer.about.version}`, peer, 5)
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    table.add({ name: 'file to input, 640×427 JPEG', against: 'transformers.js', note: error.message })
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The preprocessor_config.json that we write for a classifier of 224 pixels. */
function writeConfig(folder) {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'preprocessor_config.json')
  writeFileSync(path, JSON.stringify(checkpoint.preprocessorConfig(config.defaultPreprocessing, 224)))
  return path
}
