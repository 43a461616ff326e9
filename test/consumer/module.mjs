/** The main job from an ES module: events by iteration, the result by await, from the same object. */
import assert from 'node:assert'
import { Classifier, IjepaError, Trainer, score } from 'ijepa-classify'

const [demo, directory] = process.argv.slice(2)
const trainer = await Trainer.create({
  encoder: `${demo}/encoder.safetensors`,
  data: { train: `${demo}/photographs-train.tar`, subset: { perClass: 8, seed: 1 }, validation: 'none' },
  preprocessing: { cropFraction: 1 },
  directory,
})
const promise = trainer.finetune({ epochs: 2, batchSize: 16, warmupEpochs: 0, progress: 'none' })
const types = []
for await (const event of promise) types.push(event.type)
const run = await promise
assert.deepStrictEqual([types[0], types.at(-1)], ['start', 'done'])
assert.strictEqual(types.filter((type) => type === 'epoch').length, 2)
assert.strictEqual(run.history.length, 2)

const classifier = await Classifier.load(run.directory)
assert.strictEqual(classifier.classes.length, 10)
await classifier.dispose()
await assert.rejects(
  classifier.predict('x.jpg'),
  (error) => error instanceof IjepaError && error.code === 'ERR_DISPOSED',
)
await trainer.dispose()

assert.strictEqual(
  score({ logits: new Float32Array([1, 0, 0, 1]), labels: new Int32Array([0, 0]) }).top1,
  0.5,
)
console.log('module: ok')
