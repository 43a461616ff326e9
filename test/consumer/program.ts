/** A program in TypeScript that uses what the README shows; it is compiled, never run. */

import {
  Classifier,
  IjepaError,
  Trainer,
  doctor,
  inspect,
  score,
  type Run,
  type TrainEvent,
} from 'ijepa-classify'

async function train(signal: AbortSignal): Promise<Run> {
  const trainer = await Trainer.create({
    encoder: { from: 'encoder.safetensors', weights: 'target_encoder', heads: 2 },
    data: { train: 'flowers/train', validation: { fraction: 0.1 } },
    preprocessing: { cropFraction: 1 },
    directory: 'runs/flowers',
  })
  const probe = await trainer.linearProbe({ preset: 'auto' })
  const running = trainer.finetune({
    epochs: 30,
    learningRate: 5e-4,
    layerDecay: 0.75,
    freeze: [
      { from: 0, train: ['head'] },
      { from: 3, train: ['head', 'blocks.-4..'], learningRateScale: 0.5 },
    ],
    signal,
    onEvent: (event: TrainEvent) => {
      if (event.type === 'epoch') console.log(event.epoch, event.train.loss, event.validation?.top1)
    },
  })
  for await (const event of running) if (event.type === 'step') console.log(event.step, event.loss.toFixed(3))
  const tuned = await running
  const report = await trainer.evaluate([probe, tuned], { suites: ['accuracy'] })
  await report.save('runs/flowers/report')
  await trainer.dispose()
  return tuned
}

async function use(run: Run): Promise<string | undefined> {
  const classifier: Classifier = await run.classifier('best')
  const one = await classifier.predict('rose.jpg', { topK: 5 })
  const many = await classifier.predict(['rose.jpg', new Uint8Array(8)])
  console.log(many[0]?.[0]?.probability.toFixed(2), (await inspect('encoder.safetensors')).architecture.depth)
  await classifier.dispose()
  return one[0]?.label
}

train(new AbortController().signal)
  .then(use)
  .catch(async (error: unknown) => {
    if (error instanceof IjepaError && error.code === 'ERR_CONFIG') console.error(error.details)
    console.log((await doctor()).checks.filter((check) => !check.ok))
  })
console.log(score({ logits: new Float32Array(4), labels: new Int32Array(2) }).top1)

// @ts-expect-error an option that does not exist
void Trainer.create({ encoder: 'x', data: { train: 'y' }, optimiser: 'adamw' })
// @ts-expect-error a device that does not exist
void Classifier.load('x', { device: 'tpu' })
