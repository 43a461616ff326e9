/** What check-soak.mjs does thousands of times. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { Classifier, Trainer } from '../../dist/index.mjs'

const size = 32
const encoder = { architecture: { embedDim: 32, depth: 2, heads: 2 }, patchSize: 8, imageSize: size }
const here = (name) => fileURLToPath(new URL(name, import.meta.url))

/** Raw pixels that differ from `seed` to `seed`. */
function picture(seed, side = size) {
  const data = Uint8Array.from({ length: 3 * side * side }, (_, i) => (i * (2 * seed + 1) + 31 * seed) % 256)
  return { data, width: side, height: side, channels: 3 }
}

function ppm({ data, width, height }) {
  return Buffer.concat([Buffer.from(`P6 ${width} ${height} 255\n`), data])
}

/** A few pictures of two classes, and a classifier trained on them, in `folder`. */
export async function prepare(folder) {
  for (let i = 0; i < 16; i++) {
    const name = join(folder, 'pictures', i % 2 ? 'odd' : 'even')
    mkdirSync(name, { recursive: true })
    writeFileSync(join(name, `${i}.ppm`), ppm(picture(i)))
  }
  const trainer = await newTrainer(folder)
  const run = await trainer.finetune({ ...recipe, epochs: 1, name: 'trained' })
  await trainer.dispose()
  return run.directory
}

const recipe = { batchSize: 8, warmupEpochs: 0, learningRate: 1e-3, progress: 'none' }

export function newTrainer(folder) {
  const data = { train: join(folder, 'pictures'), validation: 'none' }
  return Trainer.create({ encoder, data, directory: join(folder, 'runs') })
}

const load = (folder) => Classifier.load(join(folder, 'runs', 'trained'))

const probabilityOfEven = (predictions) => predictions.find(({ label }) => label === 'even').probability

function expectClose(found, expected, what) {
  if (!(Math.abs(found - expected) <= 1e-5)) throw new Error(`${what}: got ${found}, expected ${expected}`)
}

/** `count`: in full. Each calls `watch.tick()` as often as that. */
export const uses = {
  cycles: {
    title: 'load, predict, dispose',
    count: 10_000,
    async run(watch, folder) {
      let first
      for (let i = 0; i < watch.count; i++) {
        const classifier = await load(folder)
        const found = probabilityOfEven(await classifier.predict(picture(3)))
        await classifier.dispose()
        expectClose(found, (first ??= found), `cycle ${i}`)
        await watch.tick()
      }
    },
  },

  stream: {
    title: 'predictStream',
    count: 100_000,
    async run(watch, folder) {
      const classifier = await load(folder)
      const kinds = Array.from({ length: 7 }, (_, seed) => picture(seed))
      const expected = (await classifier.predict(kinds)).map(probabilityOfEven)
      let read = 0
      async function* pictures() {
        for (; read < watch.count; read++) yield { ...kinds[read % 7], data: kinds[read % 7].data.slice() }
      }
      let taken = 0
      for await (const predictions of classifier.predictStream(pictures())) {
        expectClose(probabilityOfEven(predictions), expected[taken % 7], `picture ${taken}`)
        if (read > taken + 65) throw new Error(`${read} were read when ${taken} had been taken`)
        taken++
        await watch.tick()
      }
      if (taken !== watch.count) throw new Error(`${taken} predictions came`)
      await classifier.dispose()
    },
  },

  concurrent: {
    title: 'predict, 200 at once',
    count: 10_000,
    async run(watch, folder) {
      const classifier = await load(folder)
      const forms = [(p) => p, (p) => ppm(p), (p, path) => path]
      const expected = (await classifier.predict(Array.from({ length: 200 }, (_, i) => picture(i % 16)))).map(
        probabilityOfEven,
      )
      const { signal } = new AbortController() // lives as long as a server's
      for (let round = 0; round < watch.count / 200; round++) {
        const calls = Array.from({ length: 200 }, async (_, i) => {
          const seed = i % 16
          const path = join(folder, 'pictures', seed % 2 ? 'odd' : 'even', `${seed}.ppm`)
          if (i % 20 === 7) return expectRefusal(classifier.predict(Buffer.from('no picture'), { signal }))
          if (i % 20 === 9) return expectAbort(classifier, picture(seed))
          const found = await classifier.predict(forms[i % 3](picture(seed), path), { signal })
          expectClose(probabilityOfEven(found), expected[i], `call ${i}`)
        })
        await Promise.all(calls)
        for (let i = 0; i < 200; i++) await watch.tick()
      }
      await classifier.dispose()
    },
  },

  trainings: {
    title: 'training, aborted, resumed',
    count: 300,
    async run(watch, folder) {
      for (let i = 0; i < watch.count; i++) {
        const trainer = await newTrainer(folder)
        const abort = new AbortController()
        const reason = new Error('enough')
        let directory
        const onEvent = (event) => {
          if (event.type === 'start') directory = event.directory
          if (event.type === 'step' && event.step === 3) abort.abort(reason)
        }
        const error = await trainer
          .finetune({ ...recipe, epochs: 2, signal: abort.signal, onEvent })
          .catch((error) => error)
        if (error !== reason) throw error
        await trainer.dispose()
        const run = await Trainer.resume(directory, { progress: 'none' })
        if (run.history.length !== 2) throw new Error(`${run.history.length} epochs`)
        await watch.tick()
      }
    },
  },

  workers: {
    title: 'worker terminated in mid-work',
    count: 200,
    async run(watch, folder) {
      for (let i = 0; i < watch.count; i++) {
        const job = i % 2 ? 'predict' : 'train'
        const worker = new Worker(new URL('at-work.mjs', import.meta.url), { argv: [folder, job] })
        await once(worker, 'message')
        await new Promise((resolve) => setTimeout(resolve, i % 10))
        await worker.terminate()
        await watch.tick()
      }
    },
  },

  exits: {
    title: 'process.exit in mid-work',
    count: 100,
    async run(watch, folder) {
      for (let i = 0; i < watch.count; i++) {
        const job = i % 2 ? 'predict' : 'train'
        const args = [here('at-work.mjs'), folder, job, String(i % 10)]
        const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] })
        const [status, signal] = await once(child, 'exit')
        if (status !== 7) throw new Error(`exit ${i} during ${job}: ${signal ?? `exit status ${status}`}`)
        await watch.tick()
      }
    },
  },
}

async function expectRefusal(prediction) {
  const { code } = await prediction.catch((error) => error)
  if (!String(code).startsWith('ERR_IMAGE')) throw new Error(`a bad picture gave ${code}`)
}

async function expectAbort(classifier, image) {
  const abort = new AbortController()
  const reason = new Error('enough')
  const prediction = classifier.predict(image, { signal: abort.signal })
  setImmediate(() => abort.abort(reason))
  const result = await prediction.catch((error) => error)
  if (result !== reason && !Array.isArray(result)) throw result
}

/** Of the classifier in `folder`, for at-work.mjs. */
export { load, picture, recipe }
