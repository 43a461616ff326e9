/**
 * Our side of the report's rows, in a process of its own so that its memory is only theirs: metrics as `evaluate` has them made,
 * and the report of them. LibTorch is loaded, as it is there.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import metrics from '../../../dist/metrics/index.js'
import native from '../../../dist/native/index.js'
import report from '../../../dist/report/index.js'
import { answerLines } from '../peers/answer-lines.mjs'

const picture = fileURLToPath(new URL('../../../test/fixtures/golden/images/flower.jpg', import.meta.url))
const temperature = { value: 1.25, samples: 5000, fittedOn: 'train' }
let predictions

native.environment() // loads LibTorch
await answerLines(
  {},
  {
    /** Draws predictions and writes their logits, float32 [rows, classes]; the label of row i is i modulo the classes. */
    draw(rows, classes, file) {
      predictions = drawn(rows, classes)
      const { buffer, byteLength } = predictions.logits
      writeFileSync(file, new Uint8Array(buffer, 0, byteLength))
    },
    /** All that evaluate has computed of one run, 1,000 resamples among it. */
    metrics: () =>
      watched(async () => {
        const { scores } = await metrics.analyseAsync(predictions, { temperature })
        return Object.fromEntries(Object.entries(scores).filter(([, value]) => typeof value === 'number'))
      }),
    /** From the logits of two runs to the files of their report, and that one opened again. */
    async report() {
      const folder = mkdtempSync(join(tmpdir(), 'ijepa-bench-'))
      try {
        return await watched(async () => {
          const made = await report.createReportInTurns(await evaluated())
          await made.save(folder)
          await report.loadReport(folder)
        })
      } finally {
        rmSync(folder, { recursive: true })
      }
    },
    /** As long as nothing is done: what the machine's other work costs. */
    idle: () => watched(() => setTimeout(3000)),
    /** Most bytes of this process that were in memory. */
    peak: () => 1024 * Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]),
  },
)

/** Seconds, the event loop's longest delay in milliseconds, and the answer. */
async function watched(work) {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await setTimeout(20) // the first interval is not counted
  const begun = performance.now()
  const answer = await work()
  const seconds = (performance.now() - begun) / 1000
  await setTimeout(20) // the last turn's
  delay.disable()
  return { seconds, longestDelay: delay.max / 1e6, answer }
}

/** Bell-shaped logits, that of the label larger by two deviations: right for about every third. In shared memory, as evaluate has them. */
function drawn(rows, classes) {
  const logits = new Float32Array(new SharedArrayBuffer(4 * rows * classes))
  let state = 12345
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1
  for (let i = 0; i < logits.length; i++) logits[i] = next() + next() + next()
  const labels = Int32Array.from({ length: rows }, (_, row) => row % classes)
  for (let row = 0; row < rows; row++) logits[row * classes + labels[row]] += 2
  return { logits, labels }
}

/** What the report of a probe and a fine-tune is built from, with a picture for each mistake that it shows. */
async function evaluated() {
  const { logits, labels } = predictions
  const analyses = [
    await metrics.analyseAsync(predictions, { temperature }),
    await metrics.analyseAsync({ logits, labels: labels.map((label) => label ^ 1) }),
  ]
  const result = await metrics.compareAsync(predictions, predictions)
  const samples = labels.length
  const classes = Array.from({ length: logits.length / samples }, (_, c) => `class ${c}`)
  const split = { images: samples, perClass: classes.map(() => samples / classes.length) }
  return {
    createdAt: new Date().toISOString(),
    library: { name: 'ijepa-classify', version: 'bench' },
    data: { classes, splits: { train: split, validation: split }, skipped: [] },
    split: { name: 'validation', usedFor: [] },
    preprocessing: {},
    environment: {},
    runs: analyses.map((analysis, i) => runOf(analysis, i, samples)),
    comparisons: [{ first: 0, second: 1, result }],
  }
}

function runOf(analysis, index, samples) {
  const kind = ['linear-probe', 'finetune'][index]
  const jpeg = readFileSync(picture)
  const shown = [...analysis.mistakes, ...analysis.labelIssues.first]
  const rates = { loss: 1, top1: 0.5 }
  return {
    kind,
    name: kind,
    directory: kind,
    encoder: {
      ...{ source: 'encoder.safetensors', format: 'safetensors', weights: 'target_encoder', dtype: 'F32' },
      ...{ architecture: { embedDim: 384, depth: 12, heads: 6, mlpRatio: 4 }, patchSize: 16, imageSize: 224 },
      parameters: 22e6,
    },
    config: {},
    history: Array.from({ length: 50 }, (_, epoch) => ({
      type: 'epoch',
      epoch,
      epochs: 50,
      train: rates,
      validation: rates,
      best: epoch === 49,
      seconds: 1,
    })),
    best: { epoch: 49, metrics: rates },
    parameters: { total: 22e6, trainable: 4e5 },
    seed: 0,
    precision: 'fp32',
    imagesPerSecond: 20,
    analysis,
    files: Array.from({ length: samples }, (_, row) => `validation/${row % 1000}/${row}.jpg`),
    thumbnails: new Map(shown.map(({ row }) => [row, jpeg])),
  }
}
