/**
 * Trains or predicts without end: arguments FOLDER, train | predict, and the milliseconds after which process.exit(7) is
 * called; a worker is told to end by its parent instead.
 */
import { isMainThread, parentPort } from 'node:worker_threads'
import { load, newTrainer, picture, recipe } from './uses.mjs'

const [folder, job, milliseconds] = process.argv.slice(2)
let started = false

function start() {
  if (started) return
  started = true
  if (isMainThread) setTimeout(() => process.exit(7), Number(milliseconds))
  else parentPort.postMessage('at work')
}

if (job === 'train') {
  const trainer = await newTrainer(folder)
  await trainer.finetune({ ...recipe, epochs: 1e6, onEvent: ({ type }) => type === 'step' && start() })
} else {
  const classifier = await load(folder)
  for (;;) {
    start()
    await classifier.predict(Array(64).fill(picture(1, 256)))
  }
}
