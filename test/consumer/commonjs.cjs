/** The library from CommonJS, and from an ES module in the same process: one error class, one addon. */
const assert = require('node:assert')
const { Classifier, IjepaError, Trainer, inspect } = require('ijepa-classify')

const [demo, directory] = process.argv.slice(2)

async function main() {
  const module = await import('ijepa-classify')
  assert.strictEqual(module.IjepaError, IjepaError)
  assert.strictEqual(module.Trainer, Trainer)

  const info = await inspect(`${demo}/encoder.safetensors`)
  assert.deepStrictEqual([info.architecture.embedDim, info.architecture.depth, info.patchSize], [128, 6, 4])
  await assert.rejects(
    Classifier.load('no/such/run'),
    (error) => error instanceof IjepaError && /no\/such\/run/.test(error.message),
  )

  const trainer = await Trainer.create({
    encoder: `${demo}/encoder.safetensors`,
    data: { train: `${demo}/photographs-train.tar`, subset: { perClass: 8 }, validation: 'none' },
    preprocessing: { cropFraction: 1 },
    directory,
  })
  const run = await trainer.linearProbe({ epochs: 3, progress: 'none' })
  const classifier = await run.classifier('last')
  const grey = { data: new Uint8Array(32 * 32 * 3).fill(128), width: 32, height: 32, channels: 3 }
  const predictions = await classifier.predict(grey, { topK: 10 })
  assert.strictEqual(predictions.length, 10)
  assert.ok(Math.abs(predictions.reduce((sum, { probability }) => sum + probability, 0) - 1) < 1e-5)
  await classifier.dispose()
  await trainer.dispose()
  console.log('commonjs: ok')
}

main()
