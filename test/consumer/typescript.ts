/** The public types as a program uses them; compiled with the TypeScript of tslab (5.0.4), skipLibCheck off. */
import {
  Classifier,
  IjepaError,
  Trainer,
  score,
  type FinetuneOptions,
  type Metrics,
  type Prediction,
  type Run,
  type RunPromise,
  type Scores,
  type TrainEvent,
} from 'ijepa-classify'

const options: FinetuneOptions = {
  epochs: 1,
  batchSize: 16,
  warmupEpochs: 0,
  layerDecay: 0.75,
  freeze: [
    { from: 0, train: ['head'] },
    { from: 1, train: ['all'] },
  ],
  progress: 'none',
}

function describe(event: TrainEvent): string {
  switch (event.type) {
    case 'step':
      return `${event.step}/${event.steps} ${event.loss.toFixed(3)}`
    case 'epoch':
      return top1(event.validation ?? event.train)
    case 'done':
      return event.run.directory
    default:
      return event.type
  }
}

function top1(metrics: Metrics): string {
  return metrics.top1 === undefined ? 'no top-1' : metrics.top1.toFixed(3)
}

async function train(trainer: Trainer): Promise<Run> {
  const run: RunPromise = trainer.finetune(options)
  for await (const event of run) describe(event)
  return run
}

async function main(demo: string, directory: string): Promise<void> {
  const trainer = await Trainer.create({
    encoder: { from: `${demo}/encoder.safetensors`, heads: 2 },
    data: { train: `${demo}/photographs-train.tar`, subset: { perClass: 8 }, validation: { fraction: 0.25 } },
    preprocessing: { cropFraction: 1 },
    directory,
  })
  const run = await train(trainer)
  const classifier: Classifier = await run.classifier()
  const pixels = { data: new Uint8Array(32 * 32), width: 32, height: 32, channels: 1 as const }
  const one: Prediction[] = await classifier.predict(pixels)
  const many: Prediction[][] = await classifier.predict([pixels, pixels])
  const features: Float32Array[] = await classifier.embed([pixels])
  if (one.length !== 5 || many.length !== 2 || features[0]?.length !== 128)
    throw new Error('unexpected shapes')
  await classifier.dispose()
  await trainer.dispose()

  const scores: Scores = score({ logits: Float32Array.of(2, 1), labels: Int32Array.of(0) })
  if (scores.top1 !== 1) throw new Error(`top-1 is ${scores.top1}`)
  try {
    await Classifier.load('no/such/run')
    throw new Error('a run that is not there was loaded')
  } catch (error) {
    if (!(error instanceof IjepaError)) throw error
    const code: string = error.code
    console.log(`typescript: ok (${code})`)
  }
}

// Without the types of Node.js: the library's declarations must do without them too.
const { argv } = (globalThis as unknown as { process: { argv: string[] } }).process
const [demo = 'demo', directory = 'runs'] = argv.slice(2)
void main(demo, directory)
