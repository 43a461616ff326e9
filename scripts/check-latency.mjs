/**
 * Measures the event loop's delay with a 5 ms interval, idle and then during training and prediction, and how long an
 * abort takes. Passes where p99.9 of the delay is at most 50 ms and the abort under a second.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Classifier, Trainer } from '../dist/index.mjs'

const demo = fileURLToPath(new URL('../demo/', import.meta.url))
const period = 5
const limit = 50

/** Delays in milliseconds of a timer that should fire every `period`, while `work` runs. */
async function delaysDuring(work) {
  const delays = []
  let expected = performance.now() + period
  const timer = setInterval(() => {
    const now = performance.now()
    delays.push(Math.max(0, now - expected))
    expected = now + period
  }, period)
  try {
    await work()
  } finally {
    clearInterval(timer)
  }
  return delays.sort((a, b) => a - b)
}

function report(name, delays) {
  const at = (fraction) => delays[Math.min(delays.length - 1, Math.floor(fraction * delays.length))] ?? 0
  const [median, tail, largest] = [at(0.5), at(0.999), delays.at(-1) ?? 0].map((value) => value.toFixed(1))
  console.log(
    `${name.padEnd(28)} p50 ${median} ms   p99.9 ${tail} ms   max ${largest} ms   (${delays.length} ticks)`,
  )
  return at(0.999) <= limit
}

const directory = await mkdtemp(join(tmpdir(), 'ijepa-latency-'))
const data = { train: join(demo, 'photographs-train.tar'), validation: join(demo, 'photographs-test.tar') }
const encoder = join(demo, 'encoder.safetensors')
const results = []

results.push(
  report('idle control', await delaysDuring(() => new Promise((resolve) => setTimeout(resolve, 5000)))),
)

let run
results.push(
  report(
    'create, probe, fine-tune',
    await delaysDuring(async () => {
      const trainer = await Trainer.create({ encoder, data, preprocessing: { cropFraction: 1 }, directory })
      await trainer.linearProbe({ preset: 'demo-probe', epochs: 20, progress: 'none' })
      run = await trainer.finetune({ preset: 'demo-finetune', epochs: 3, progress: 'none' })
      await trainer.dispose()
    }),
  ),
)

results.push(
  report(
    'load, predict 20 × 256',
    await delaysDuring(async () => {
      const classifier = await Classifier.load(run.directory)
      const pixels = { data: new Uint8Array(32 * 32 * 3).fill(127), width: 32, height: 32, channels: 3 }
      for (let i = 0; i < 20; i++) await classifier.predict(Array(256).fill(pixels))
      await classifier.dispose()
    }),
  ),
)

const trainer = await Trainer.create({
  encoder: { architecture: 'vit_small', patchSize: 16, imageSize: 224 },
  data,
  directory,
})
const abort = new AbortController()
let aborted
const training = trainer.finetune({
  preset: 'small',
  batchSize: 64,
  signal: abort.signal,
  progress: 'none',
  onEvent: (event) => {
    if (event.type !== 'stage') return
    setTimeout(() => {
      aborted = performance.now()
      abort.abort()
    }, 3000)
  },
})
await training.catch(() => undefined)
const took = performance.now() - aborted
console.log(`abort within a long step      ${took.toFixed(0)} ms`)
results.push(took < 1000)
await trainer.dispose()
await rm(directory, { recursive: true })
process.exitCode = results.every(Boolean) ? 0 : 1
