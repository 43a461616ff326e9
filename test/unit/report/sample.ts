/** A plausible evaluation for the report's tests: real metrics of generated logits, and the tests' own JPEG pictures. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  analyse,
  analyseLabelSets,
  compare,
  compareLabelSets,
  type Predictions,
  type Temperature,
} from '../../../lib/metrics'
import type { ReportInput, RunInput } from '../../../lib/report'

const cifar10 = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck']

export interface SampleOptions {
  readonly classes?: readonly string[]
  readonly perClass?: number
  /** In place of perClass images of each class. */
  readonly samples?: number
  readonly split?: ReportInput['split']
  readonly thumbnail?: Uint8Array
  /** How much the right class stands out, for each run. */
  readonly skills?: readonly number[]
  /** Stored with the classifiers. */
  readonly temperature?: Temperature
}

export function sampleInput(options: SampleOptions = {}): ReportInput {
  const {
    classes = cifar10,
    perClass = 100,
    split = { name: 'test', usedFor: [] },
    skills = [1.15, 1.35],
  } = options
  const samples = options.samples ?? classes.length * perClass
  const labels = Int32Array.from({ length: samples }, (_, i) => i % classes.length)
  const predictions = skills.map((skill, run) => sampleLogits(labels, classes.length, skill, run))
  const runs = predictions.map((found, run) => sampleRun(found, run, classes, options))
  return {
    createdAt: '2026-11-25T09:30:00.000Z',
    library: { name: 'ijepa-classify', version: '0.1.0' },
    data: {
      source: 'demo/photographs',
      classes,
      splits: {
        train: { images: classes.length * 200, perClass: classes.map(() => 200) },
        test: { images: labels.length, perClass: classes.map(() => perClass) },
      },
      skipped: [],
      fingerprint: 'b2c1f0a95d3e7764',
    },
    split,
    preprocessing: { resize: 'shortest', cropFraction: 1, interpolation: 'bicubic' },
    environment: {
      LibTorch: '2.13.0+cpu',
      device: 'cpu',
      threads: 2,
      CPU: 'AMD EPYC',
      'JPEG decoder': 'libjpeg-turbo',
    },
    runs,
    comparisons:
      predictions.length > 1
        ? [{ first: 0, second: 1, result: compare(predictions[0]!, predictions[1]!, { resamples: 20 }) }]
        : [],
  }
}

/** The same classes, each for itself: an image has those that a draw gives it, or none. */
export function labelSetInput({
  classes = cifar10,
  thumbnail,
  threshold = 0.5,
}: Pick<SampleOptions, 'classes' | 'thumbnail'> & { threshold?: number } = {}): ReportInput {
  const samples = 200
  const draw = normals(7)
  const truth = Uint8Array.from({ length: samples * classes.length }, () => Number(draw() > 0.8))
  const predictions = [1, 2].map((skill) => {
    const noise = normals(31 * skill)
    const logits = Float32Array.from(truth, (has) => 1.2 * noise() + (has ? skill : -skill))
    return { logits, truth, samples }
  })
  const { comparisons: _, ...input } = sampleInput({ classes, samples })
  const runs = input.runs.map((run, i): RunInput => {
    const analysis = analyseLabelSets(predictions[i]!, { resamples: 20, threshold })
    const history = run.history.map(({ train, validation, ...epoch }) => ({
      ...epoch,
      train: { loss: train.loss / 4 },
      validation: { loss: validation!.loss / 4, mAP: validation!.top1!, f1: validation!.top1! },
    }))
    return { ...run, history, analysis, ...picturesOf(analysis.topLosses, thumbnail) }
  })
  const result = compareLabelSets(predictions[0]!, predictions[1]!, { resamples: 20 })
  return { ...input, runs, comparisons: [{ first: 0, second: 1, result }] }
}

function picturesOf(
  shown: readonly { readonly row: number }[],
  thumbnail: Uint8Array | undefined,
): Pick<RunInput, 'thumbnails'> {
  return thumbnail ? { thumbnails: new Map(shown.map(({ row }) => [row, thumbnail])) } : {}
}

function sampleLogits(labels: Int32Array, classes: number, skill: number, run: number): Predictions {
  const draw = normals(run + 1)
  const shared = normals(99)
  const logits = new Float32Array(labels.length * classes)
  for (let i = 0; i < logits.length; i++) {
    const c = i % classes
    const label = labels[Math.floor(i / classes)]!
    const neighbour = c === (label ^ 1) ? 0.7 : 0
    logits[i] = 1.1 * shared() + 0.6 * draw() + neighbour + (c === label ? skill + 0.08 * (label % 10) : 0)
  }
  return { logits, labels }
}

function sampleRun(
  predictions: Predictions,
  run: number,
  classes: readonly string[],
  { thumbnail, temperature }: SampleOptions,
): RunInput {
  const kind = run === 0 ? 'linear-probe' : 'finetune'
  const name = run < 2 ? kind : `${kind}-${run}`
  const epochs = run === 0 ? 100 : 20
  const analysis = analyse(predictions, { resamples: 20, ...(temperature ? { temperature } : {}) })
  return {
    kind,
    name,
    directory: `runs/demo/${name}`,
    encoder: {
      source: 'demo/encoder.safetensors',
      format: 'safetensors',
      architecture: { embedDim: 128, depth: 6, heads: 2, mlpRatio: 4 },
      patchSize: 4,
      imageSize: 32,
      weights: 'target_encoder',
      parameters: 1_205_760,
      dtype: 'F16',
    },
    config: { preset: `demo-${run === 0 ? 'probe' : 'finetune'}`, epochs, batchSize: 64, learningRate: 1e-3 },
    history: Array.from({ length: epochs }, (_, epoch) => sampleEpoch(epoch, epochs)),
    best: { epoch: epochs - 1, metrics: { loss: 1.6, top1: 0.41 } },
    parameters:
      run === 0 ? { total: 1_207_050, trainable: 1290 } : { total: 1_207_050, trainable: 1_198_858 },
    seed: 0,
    precision: 'fp32',
    imagesPerSecond: 1840 - 200 * run,
    analysis,
    files: Array.from(
      predictions.labels,
      (label, i) => `test/${classes[label] ?? ''}/${String(i).padStart(4, '0')}.jpg`,
    ),
    ...picturesOf([...analysis.mistakes, ...analysis.topLosses], thumbnail),
  }
}

function sampleEpoch(epoch: number, epochs: number): RunInput['history'][number] {
  const done = (epoch + 1) / epochs
  return {
    type: 'epoch',
    epoch,
    epochs,
    train: { loss: 2.3 - 0.9 * Math.sqrt(done), top1: 0.12 + 0.36 * Math.sqrt(done) },
    validation: {
      loss: 2.28 - 0.68 * Math.sqrt(done) + 0.02 * Math.sin(epoch),
      top1: 0.14 + 0.28 * Math.sqrt(done),
    },
    best: epoch === epochs - 1,
    seconds: epochs > 50 ? 0.21 : 3.4,
  }
}

// Under jest every look-up of a global is slow, and a thousand classes take millions of them.
const { cos, imul, log, sqrt, PI } = Math

/** Standard normal numbers from a seed: Box and Muller's transform of a linear congruential generator. */
function normals(seed: number): () => number {
  let state = seed * 7919
  const uniform = (): number => {
    state = (imul(state, 1664525) + 1013904223) | 0
    return ((state >>> 0) + 0.5) / 2 ** 32
  }
  return () => sqrt(-2 * log(uniform())) * cos(2 * PI * uniform())
}

/** A page without the script of its tables. */
export const withoutScript = (page: string): string => page.replace(/<script>[^]*?<\/script>/, '')

export function samplePicture(): Uint8Array {
  return readFileSync(join(__dirname, '../../fixtures/golden/images/flower.jpg'))
}

/** Of two attributes: one that decides, with two changes, and one that does not. */
export function sampleSensitivity(picture: Uint8Array): NonNullable<RunInput['sensitivity']> {
  const entry = (value: number, half = 0.05) => ({
    ...{ value, method: 'wilson' as const },
    low: Number((value - half).toFixed(6)),
    high: Number((value + half).toFixed(6)),
  })
  const change = (attribute: string, name: string, strength: number, [flips, loss]: [number, number]) => ({
    ...{ attribute, name, strength, flips: entry(flips), loss: entry(loss), top1: entry(0.6 - loss) },
  })
  return {
    images: 50,
    top1: entry(0.6),
    changes: [
      change('colour', 'grey', 1, [0.5, 0.25]),
      change('colour', 'hue', 0.5, [0.7, -0.125]),
      change('sides', 'flip', 1, [0.25, 0.01]),
    ],
    attributes: [
      { attribute: 'colour', flips: entry(0.6), loss: entry(0.0625) },
      { attribute: 'sides', flips: entry(0.25), loss: entry(0.01) },
    ],
    lean: { attribute: 'colour', next: 'sides', lead: entry(0.35), isClear: true },
    example: {
      ...{ file: 'test/cat/0003.jpg', label: 3, clean: picture },
      changed: [picture, picture, picture],
    },
    notes: ['Measured on 50 of 100 images'],
  }
}

/** Of three corruptions at two severities, one of them beside the means. */
export function sampleRobustness(picture: Uint8Array): NonNullable<RunInput['robustness']> {
  const entry = (value: number, half = 0.02) => ({
    ...{ value, method: 'wilson' as const },
    low: Number((value - half).toFixed(6)),
    high: Number((value + half).toFixed(6)),
  })
  const corruption = (name: string, error: number) => ({
    ...{ name, ce: null },
    errors: [entry(error), entry(error)],
    mean: entry(error),
  })
  return {
    images: 50,
    severities: [3, 5],
    averaged: ['fog', 'jpeg_compression'],
    cleanError: entry(0.4),
    corruptions: [corruption('fog', 0.7), corruption('jpeg_compression', 0.6), corruption('spatter', 0.9)],
    meanError: entry(0.65),
    meanIncrease: entry(0.25),
    mce: entry(0.85),
    relativeMce: entry(0.9),
    example: {
      ...{ file: 'test/cat/0003.jpg', label: 3, severity: 3, clean: picture },
      corrupted: [picture, picture, picture],
    },
    notes: ['Of the severities 1 to 5 only 3, 5'],
  }
}
