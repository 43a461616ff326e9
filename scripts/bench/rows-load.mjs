/**
 * Random resized crop and flip, one thread against torchvision's one worker, uint8 batches on both sides; and MAE's augmentation,
 * two threads against timm's two workers.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import dataset from '../../dist/dataset/index.js'
import { interleave } from './measure.mjs'
import { Epochs, recipe, tableOf } from './ours/pictures.mjs'
import { bareDecoder, picturesFolder, Unavailable } from './peers.mjs'

const tar = fileURLToPath(new URL('../../demo/photographs-train.tar', import.meta.url))
const threads = 1

export async function loadRows({ table, peers, rounds }) {
  const context = { table, peer: await peers.pytorch(), rounds }
  const pictures = picturesFolder()
  await imagenetRows(context, join(pictures, 'imagenet'))
  await recipeRow(context, join(pictures, 'imagenet'))
  await photographRow(context, join(pictures, 'photographs'))
  await tarRow(context)
}

async function imagenetRows({ table, peer, rounds }, folder) {
  const files = filesIn(folder)
  const epochs = new Epochs(tableOf(files), { batchSize: 64, threads })
  const sides = {
    ours: (times) => epochs.seconds(times),
    theirs: (times) => peer.ask('load', folder, 224, 'uint8', times),
    float: (times) => peer.ask('load', folder, 224, 'float', times),
  }
  const missing = addBareDecoding(sides, files)
  const seconds = await interleave(sides, rounds)
  epochs.dispose()
  const bytes = files.reduce((sum, file) => sum + readFileSync(file).length, 0)
  const name = 'random resized crop 224 + flip, 1 core'
  const add = (against, theirs, required, note) =>
    table.add({ name, against, ...rates(files.length, seconds.ours, theirs), required, note })
  add(
    'torchvision',
    seconds.theirs,
    { atLeast: 1.8, goal: 2 },
    `${files.length} JPEGs, ${(bytes / files.length / 1000).toFixed(0)} KB each`,
  )
  add(
    'torchvision, to normalised floats',
    seconds.float,
    {},
    'as people run it; ours is normalised within the step',
  )
  if (missing) table.add({ name, against: "libjpeg-turbo's bare decoding", note: missing })
  else add("libjpeg-turbo's bare decoding", seconds.bare, { atLeast: 0.85 })
}

/** Why there is none, or undefined. */
function addBareDecoding(sides, files) {
  try {
    const executable = bareDecoder()
    sides.bare = async () => Number((await promisify(execFile)(executable, files)).stdout)
  } catch (error) {
    if (error instanceof Unavailable) return error.message
    throw error
  }
}

/** Pictures in a batch: the number of pictures is a multiple, since timm leaves out a last batch that is not full. */
const recipeBatch = 50

async function recipeRow({ table, peer, rounds }, folder) {
  const files = filesIn(folder)
  const epochs = new Epochs(tableOf(files), { ...recipe, batchSize: recipeBatch, threads: 2 })
  const seconds = await interleave(
    {
      ours: (times) => epochs.seconds(times),
      theirs: (times) => peer.ask('recipe', folder, recipeBatch, times),
    },
    rounds,
  )
  epochs.dispose()
  table.add({
    name: "MAE's recipe (RandAugment, erasing), 2 cores",
    against: "timm's loader, 2 workers",
    ...rates(files.length, seconds.ours, seconds.theirs),
    required: { atLeast: 2.5 },
    note: 'timm to normalised floats, as people run it; ours is normalised within the step',
  })
}

async function photographRow({ table, peer, rounds }, folder) {
  const files = filesIn(folder)
  const epochs = new Epochs(tableOf(files), { batchSize: files.length, threads })
  const seconds = await interleave(
    {
      ours: (times) => epochs.seconds(times),
      theirs: (times) => peer.ask('load', folder, 224, 'uint8', times),
    },
    rounds,
  )
  epochs.dispose()
  table.add({
    name: '12-megapixel photographs, 1 core',
    against: 'torchvision',
    ...rates(files.length, seconds.ours, seconds.theirs),
    required: { atLeast: 6 },
  })
}

async function tarRow({ table, peer, rounds }) {
  const { train } = await dataset.openDataset({ train: tar, validation: 'none' }, { seed: 0 })
  const folder = await mkdtemp(join(tmpdir(), 'ijepa-bench-'))
  extract(train, folder)
  const epochs = new Epochs(train.table, { batchSize: 64, threads, height: 32, width: 32 })
  const seconds = await interleave(
    {
      ours: (times) => epochs.seconds(times),
      theirs: (times) => peer.ask('load', folder, 32, 'uint8', times),
    },
    rounds,
  )
  epochs.dispose()
  rmSync(folder, { recursive: true })
  table.add({
    name: '32-pixel pictures from a tar, 1 core',
    against: 'torchvision on the folder',
    ...rates(train.labels.length, seconds.ours, seconds.theirs),
    required: { atLeast: 10 },
    note: `${train.labels.length} pictures`,
  })
}

/** The tar's members as files, by the byte ranges of its sample table. */
function extract({ table, names }, folder) {
  const bytes = readFileSync(tar)
  names.forEach((name, i) => {
    const path = join(folder, name.slice(name.lastIndexOf('.tar') + 4).replace(/^[^\w]+/, ''))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, bytes.subarray(table.offset[i], table.offset[i] + table.length[i]))
  })
}

const filesIn = (folder) => readdirSync(join(folder, 'all')).map((name) => join(folder, 'all', name))

/** Of seconds an epoch of so many pictures. */
const rates = (pictures, ours, theirs) => ({
  ours: pictures / ours,
  theirs: pictures / theirs,
  unit: 'img/s',
  ratio: theirs / ours,
})
