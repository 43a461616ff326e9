/** Inference of ViT-S/16@224, the same weights and pictures on both sides, against onnxruntime-node in float32. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { interleave, largestDifference } from './measure.mjs'
import { randomPictures, size, VitSmall } from './ours/vit-small.mjs'
import { modelFolder } from './peers.mjs'
import { normalised } from './pixels.mjs'

/** The exported folder has no preprocessor_config.json: ImageNet's statistics, as bare encoders get. */
const cases = [
  { precision: 'fp32', batch: 1, required: { atLeast: 0.9, goal: 1 } },
  { precision: 'fp32', batch: 16, required: { atLeast: 0.9, goal: 1 } },
  { precision: 'bf16', batch: 16, required: { atLeast: 1.2, goal: 1.4 } },
]

export async function predictRows({ table, peers, rounds, threads }) {
  const peer = await peers.onnxruntime()
  const model = await VitSmall.open(modelFolder(), threads)
  const folder = mkdtempSync(join(tmpdir(), 'ijepa-bench-'))
  for (const { precision, batch, required } of cases) {
    const pictures = randomPictures(batch)
    await loadInto(peer, pictures, join(folder, `${batch}.f32`))
    const theirs = await peer.ask('logits')
    const difference = largestDifference(theirs, await model.logits(pictures, precision))
    const seconds = await interleave(
      {
        ours: (times) => model.predict(pictures, precision, times),
        theirs: (times) => peer.ask('predict', times),
      },
      rounds,
    )
    table.add({
      name: `inference ${precision}, batch ${batch}`,
      against: `onnxruntime-node ${peer.about.version} fp32`,
      ours: batch / seconds.ours,
      theirs: batch / seconds.theirs,
      unit: 'img/s',
      ratio: seconds.theirs / seconds.ours,
      required,
      note: `largest difference of logits ${difference.toPrecision(2)} (they reach ${Math.max(...theirs.map(Math.abs)).toPrecision(2)})`,
    })
  }
  rmSync(folder, { recursive: true })
  await model.dispose()
}

/** Gives the peer normalised pixels; in our case normalisation is within the time. */
async function loadInto(peer, pictures, file) {
  const values = pictures.map((pixels) => normalised(planes(pixels)))
  writeFileSync(file, Buffer.concat(values.map((picture) => Buffer.from(picture.buffer))))
  await peer.ask('load', file, pictures.length)
}

/** [H, W, 3] -> [3, H, W] */
function planes(pixels) {
  const plane = size * size
  return Uint8Array.from(pixels, (_, i) => pixels[(i % plane) * 3 + Math.floor(i / plane)])
}
