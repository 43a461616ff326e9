/** Features of pictures: a pass against PyTorch's, and what keeping them saves a probe of many epochs. */
import { readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Trainer } from '../../dist/index.mjs'
import { interleave, median } from './measure.mjs'
import { timed, VitSmall } from './ours/vit-small.mjs'
import { picturesFolder } from './peers.mjs'

const batch = 64
const epochs = 50
const demo = fileURLToPath(new URL('../../demo/', import.meta.url))

export async function featureRows(bench) {
  await passRow(bench)
  await cacheRow(bench)
}

async function passRow({ table, peers, rounds, threads }) {
  const folder = join(picturesFolder(), 'imagenet')
  const files = readdirSync(join(folder, 'all')).map((name) => join(folder, 'all', name))
  const peer = await peers.pytorch()
  const model = await VitSmall.create(threads)
  const seconds = await interleave(
    {
      ours: (times) => model.features(files, batch, times),
      theirs: (times) => peer.ask('features', folder, batch, times),
    },
    rounds,
  )
  await model.dispose()
  table.add({
    name: 'feature pass from JPEGs, ViT-S/16@224 bf16',
    against: 'Hugging Face eager, DataLoader, 2 workers',
    ours: files.length / seconds.ours,
    theirs: files.length / seconds.theirs,
    unit: 'img/s',
    ratio: seconds.theirs / seconds.ours,
    required: { atLeast: 1.3 },
    note: `${files.length} JPEGs, batches of ${batch}`,
  })
}

/**
 * A whole run of the public API each: of one epoch without a cache, which encodes once and is taken as many times as there are
 * epochs (a run with so many would only repeat it), and of all epochs with a cache that an earlier run has filled.
 */
async function cacheRow({ table, rounds, threads }) {
  const directory = await mkdtemp(join(tmpdir(), 'ijepa-bench-'))
  const trainer = await Trainer.create({
    encoder: { architecture: 'vit_small', patchSize: 16, imageSize: 224 },
    data: { train: join(demo, 'photographs-train.tar'), validation: 'none', subset: { perClass: 30 } },
    directory,
    threads,
  })
  const probe = (count, cache) =>
    timed(1, () => trainer.linearProbe({ epochs: count, cache, precision: 'bf16', progress: 'none' }))
  try {
    const cache = join(directory, 'features')
    await probe(1, cache)
    const taken = { kept: [], encoded: [] }
    for (let round = 0; round < Math.min(rounds, 3); round++) {
      taken.kept.push(await probe(epochs, cache))
      taken.encoded.push(epochs * (await probe(1, false)))
    }
    const [kept, encoded] = [median(taken.kept), median(taken.encoded)]
    table.add({
      name: `a probe's ${epochs} epochs, features kept, ViT-S/16@224 bf16`,
      against: `${epochs} epochs that encode each time`,
      ours: kept,
      theirs: encoded,
      unit: 's',
      ratio: encoded / kept,
      required: { atLeast: 30 },
      note: `300 pictures; whole runs, theirs ${epochs} × a run of one epoch`,
    })
  } finally {
    await trainer.dispose()
    await rm(directory, { recursive: true })
  }
}
