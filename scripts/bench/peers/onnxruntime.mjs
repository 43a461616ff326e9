/** onnxruntime-node's side: ViT-S/16 in float32, as `scripts/bench/peers/export.py` has written it. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { answerLines, timed } from './answer-lines.mjs'

const [folder, model, threads] = process.argv.slice(2)
const require = createRequire(join(folder, 'package.json'))
const ort = require('onnxruntime-node')
const { version } = require('onnxruntime-node/package.json')
const session = await ort.InferenceSession.create(model, {
  executionProviders: ['cpu'],
  intraOpNumThreads: Number(threads),
})
let images

await answerLines(
  { version },
  {
    /** Normalised pixels, float32 [batch, 3, 224, 224], of the file. */
    load(file, batch) {
      const bytes = readFileSync(file)
      const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
      images = new ort.Tensor('float32', values, [batch, 3, 224, 224])
    },
    predict: (times) => timed(times, () => session.run({ images })),
    async logits() {
      return Array.from((await session.run({ images })).logits.data)
    },
  },
)
