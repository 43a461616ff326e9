/** What freezing, keeping the frozen part's output and activation checkpointing save, against our own full training step. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import native from '../../dist/native/index.js'
import { interleave } from './measure.mjs'
import { geometry, randomPictures, VitSmall } from './ours/vit-small.mjs'

const batch = 16
const blocks = geometry.depth - 4
/** @param {string} name */
const isInTop = (name) =>
  /^(norm|head)\./.test(name) || Number(/^blocks\.(\d+)\./.exec(name)?.[1] ?? -1) >= blocks
/** @param {string} name */
const isHead = (name) => name.startsWith('head.')

export async function freezingRows({ table, rounds, threads }) {
  const folder = mkdtempSync(join(tmpdir(), 'ijepa-bench-'))
  const model = await VitSmall.create(threads)
  try {
    for (const precision of ['fp32', 'bf16']) await addRows({ table, rounds, model, precision, folder })
  } finally {
    await model.dispose()
    rmSync(folder, { recursive: true })
  }
}

async function addRows({ table, rounds, model, precision, folder }) {
  const pictures = randomPictures(batch)
  const top = join(folder, 'top')
  const head = join(folder, 'head')
  await model.configure(precision, { trains: isInTop })
  await model.keep(pictures, top, { blocks, pooled: false })
  await model.configure(precision, { trains: isHead })
  await model.keep(pictures, head, { blocks: geometry.depth, pooled: true })
  const configured = (how, work) => async (times) => {
    await model.configure(precision, how)
    return work(times)
  }
  const onPictures = (times) => model.step(pictures, times)
  const seconds = await interleave(
    {
      full: configured({}, onPictures),
      top: configured({ trains: isInTop }, onPictures),
      keptTop: configured({ trains: isInTop }, (times) => model.stepOnKept(top, times)),
      keptHead: configured({ trains: isHead }, (times) => model.stepOnKept(head, times)),
      checkpointed: configured({ checkpointing: true }, onPictures),
    },
    rounds,
  )
  const add = (name, side, atLeast) =>
    table.add({
      name: `${name}, ${precision}, batch ${batch}`,
      against: 'our full step',
      ours: batch / seconds[side],
      theirs: batch / seconds.full,
      unit: 'img/s',
      ratio: seconds.full / seconds[side],
      required: { atLeast },
    })
  add('last 4 blocks and head', 'top', 1.7)
  add('the same on the kept output of the others', 'keptTop', 2.7)
  add('head alone on kept features', 'keptHead', 100)
  add('activation checkpointing', 'checkpointed', 0.72)
  await addBytes({ table, model, precision, pictures })
}

/** Bytes at the peak of an update above those before it: activations, and the gradients. */
async function addBytes({ table, model, precision, pictures }) {
  const bytesOf = async (checkpointing) => {
    await model.configure(precision, { checkpointing })
    await model.step(pictures, 1) // its gradients stay until the next one
    const { live } = native.cpuMemory() // forgets the peak before
    await model.step(pictures, 1)
    return native.cpuMemory().peak - live
  }
  const [full, checkpointed] = [await bytesOf(false), await bytesOf(true)]
  table.add({
    name: `activation checkpointing, bytes of an update, ${precision}, batch ${batch}`,
    against: 'our full step',
    ours: checkpointed / 2 ** 20,
    theirs: full / 2 ** 20,
    unit: 'MiB',
    ratio: checkpointed / full,
    required: { atMost: 0.4 },
  })
}
