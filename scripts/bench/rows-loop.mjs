/** What a run spends between its native steps: the loop, events, metrics; through the public API, every step listened to. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Trainer } from '../../dist/index.mjs'
import native from '../../dist/native/index.js'

const tar = fileURLToPath(new URL('../../demo/photographs-train.tar', import.meta.url))
const batchSize = 16
const encoder = { architecture: 'vit_small', patchSize: 16, imageSize: 224 }

export async function loopRows({ table, rounds, threads }) {
  const directory = await mkdtemp(join(tmpdir(), 'ijepa-bench-'))
  const steps = Math.max(8, 4 * rounds)
  const data = { train: tar, validation: 'none', subset: { perClass: Math.ceil((steps * batchSize) / 10) } }
  const trainer = await Trainer.create({ encoder, data, directory, threads })
  let events = 0
  const spans = await watchedSteps(() =>
    trainer.finetune({
      epochs: 1,
      batchSize,
      logEvery: 1,
      progress: 'none',
      onEvent: ({ type }) => (events += type === 'step' ? 1 : 0),
    }),
  )
  await trainer.dispose()
  await rm(directory, { recursive: true })
  addRow(table, spans.slice(-events))
}

/** Begin and end of every native step while `work` runs, in milliseconds; in order. */
async function watchedSteps(work) {
  const { prototype } = native.Session
  const { trainStep } = prototype
  const spans = []
  prototype.trainStep = async function (...given) {
    const begin = performance.now()
    const rows = await trainStep.apply(this, given)
    spans.push({ begin, end: performance.now() })
    return rows
  }
  try {
    await work()
  } finally {
    prototype.trainStep = trainStep
  }
  return spans
}

/** `spans`: one epoch's; the dry run's step before them is left out. */
function addRow(table, spans) {
  const inside = spans.reduce((sum, { begin, end }) => sum + end - begin, 0)
  const whole = spans.at(-1).end - spans[0].begin
  const between = (whole - inside) / (spans.length - 1)
  const step = inside / spans.length
  table.add({
    name: `outside the native step, ViT-S/16@224 batch ${batchSize}`,
    against: 'the step',
    ours: between,
    theirs: step,
    unit: 'ms',
    ratio: between / step,
    required: { atMost: 0.01 },
    note: `means of ${spans.length} steps, an event each; reading the means counts as outside`,
  })
}
