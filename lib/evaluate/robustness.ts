/** The robustness suite: the same pictures again under every corruption at every severity. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Run, TrainEvent } from '../api'
import { allCorruptions, commonCorruptions, type RobustnessConfig } from '../config'
import { contentFingerprint, epochOrder, openSubset, sequentialOrder, subset, type Split } from '../dataset'
import { evaluationLoader, logitsOf, modelFolder, openClassifier, type ModelDescription } from '../inference'
import { robustnessScoresAsync, type RobustnessScores } from '../metrics'
import { packageVersion, type Session } from '../native'
import type { Plan } from '../train'
import type { AccuracyResult } from './accuracy'
import { corruptedExample, type CorruptedExample } from './corrupted-example'
import { KeptResults } from './kept-results'
import { largestLogit } from './largest-logit'

const batchSize = 64

export interface RobustnessOptions {
  readonly plan: Plan
  readonly run: Run
  /** What judges, and what the run made of it. */
  readonly split: Split
  readonly clean: AccuracyResult
  readonly config: RobustnessConfig
  /** Longest side of the example's pictures, in pixels; 0: none. */
  readonly thumbnailSize: number
  readonly signal: AbortSignal
  /** So many more pictures are done. */
  readonly onProgress: (pictures: number) => void
}

export interface Robustness extends RobustnessScores {
  readonly severities: readonly number[]
  /** Corruptions that the means are over. */
  readonly averaged: readonly string[]
  /** One picture under each corruption; absent where pictures are left out. */
  readonly example?: CorruptedExample
  readonly notes: readonly string[]
}

/** Samples of the split in the suite: all, or so many of every class alike, by the trainer's seed. */
export async function robustnessRows(
  { labels, ...split }: Split,
  { maxImages }: RobustnessConfig,
  { plan, signal }: Pick<RobustnessOptions, 'plan' | 'signal'>,
): Promise<Int32Array> {
  const all = labels.length
  if (maxImages === null || maxImages >= all) return epochOrder(all, plan.seed, 0).sort()
  const context = { seed: plan.seed, classes: plan.dataset.classes, option: 'maxImages', signal }
  const { rows } = await openSubset({ labels, ...split }, { fraction: maxImages / all }, context)
  if (rows.length <= maxImages) return rows
  const kept = epochOrder(rows.length, plan.seed, 0).subarray(0, maxImages)
  return Int32Array.from(kept, (place) => rows[place]!).sort()
}

/** Evaluates the run on `rows` of the split; the results are kept beside the run. */
export async function evaluateRobustness(rows: Int32Array, options: RobustnessOptions): Promise<Robustness> {
  const { split, clean, config, plan, signal } = options
  const { corruptions, severities } = config
  const judged = rowsJudged(rows, clean)
  const cells = corruptions.flatMap((name) => severities.map((severity) => ({ name, severity })))
  const corrupted = await corruptedRight(cells, judged.samples, options)
  const averaged: readonly string[] = commonCorruptions.filter((name) => corruptions.includes(name))
  const means = averaged.length > 0 ? averaged : corruptions
  const { classes } = plan.dataset
  const isImageNet = classes.length === 1000 && classes.every((name) => /^n\d{8}$/.test(name))
  const scores = await robustnessScoresAsync({
    ...{ corruptions, severities, averaged: means, isImageNet },
    ...{ clean: judged.right, corrupted },
  })
  signal.throwIfAborted()
  const example =
    options.thumbnailSize > 0 ? await corruptedExample({ ...options, model: clean.model }) : undefined
  return {
    ...scores,
    severities,
    averaged: means,
    ...(example ? { example } : {}),
    notes: notesOf(rows.length, split.labels.length, config),
  }
}

function notesOf(images: number, all: number, { corruptions, severities }: RobustnessConfig): string[] {
  const left = allCorruptions.length - corruptions.length
  return [
    ...(images < all
      ? [`Measured on ${images} of ${all} images, of every class alike: budget 'full' takes all`]
      : []),
    ...(left > 0 ? [`${left} of ImageNet-C's ${allCorruptions.length} corruptions were left out`] : []),
    ...(severities.length < 5 ? [`Of the severities 1 to 5 only ${severities.join(', ')}`] : []),
  ]
}

/** Which of the rows were right as they are; those that could not be read are left out. */
function rowsJudged(rows: Int32Array, { logits, labels, samples }: AccuracyResult) {
  const placeOf = new Map(Array.from(samples, (sample, place) => [sample, place]))
  const read = rows.filter((sample) => placeOf.has(sample))
  const right = rightRows(logits, labels)
  return { samples: read, right: Uint8Array.from(read, (sample) => right[placeOf.get(sample)!]!) }
}

/** 1 where the label has the largest logit, the first of equal ones. */
function rightRows(logits: Float32Array, labels: Int32Array): Uint8Array {
  const classes = logits.length / labels.length
  const all = sequentialOrder(classes)
  return Uint8Array.from(labels, (label, row) => Number(largestLogit(logits, row * classes, all) === label))
}

interface Cell {
  readonly name: string
  readonly severity: number
}

/** [cells, samples], 1: right. The model is opened where something is still to be measured. */
async function corruptedRight(
  cells: readonly Cell[],
  samples: Int32Array,
  options: RobustnessOptions,
): Promise<Uint8Array> {
  const { run, plan, onProgress } = options
  const kept = await KeptResults.open(
    join(run.directory, 'suites', 'robustness.json'),
    await identityOf(samples, options),
    (value): value is string => typeof value === 'string' && unpacked(value).length >= samples.length,
  )
  const found = new Uint8Array(cells.length * samples.length)
  let model: Awaited<ReturnType<typeof openClassifier>> | undefined
  try {
    for (const [index, cell] of cells.entries()) {
      const key = `${cell.name}, severity ${cell.severity}`
      if (kept.has(key)) onProgress(samples.length)
      const bits = await kept.result(key, async () => {
        model ??= await openClassifier(run.directory, {
          ...plan.loading,
          device: plan.device,
          signal: options.signal,
        })
        return packed(await measure(cell, samples, model, options))
      })
      found.set(unpacked(bits).subarray(0, samples.length), index * samples.length)
    }
  } finally {
    await model?.session.dispose()
  }
  return found
}

async function identityOf(
  samples: Int32Array,
  { plan, run, split, clean, signal }: RobustnessOptions,
): Promise<object> {
  const { size, mtimeMs } = await stat(join(modelFolder(run.directory), 'model.safetensors'))
  return {
    version: packageVersion(),
    model: [size, mtimeMs],
    judgedOn: [
      await contentFingerprint(subset(split, samples).table, { signal }),
      Array.from(samples, (row) => split.labels[row]),
    ],
    preprocessing: clean.model.preprocessing,
    alpha: plan.loading.alpha,
    seed: plan.seed,
  }
}

async function measure(
  { name, severity }: Cell,
  samples: Int32Array,
  { session, model }: { session: Session; model: ModelDescription },
  { plan, split, signal, onProgress }: RobustnessOptions,
): Promise<Uint8Array> {
  const corruption = { name, severity, seed: plan.seed }
  const loader = evaluationLoader(split.table, { ...plan.loading, ...model, batchSize, corruption })
  let before = 0
  try {
    const result = await logitsOf(session, loader, samples, model.classes.length, {
      precision: 'fp32',
      signal,
      onProgress: (done) => {
        onProgress(done - before)
        before = done
      },
    })
    return rightRows(
      result.logits,
      result.samples.map((sample) => split.labels[sample]!),
    )
  } finally {
    loader.dispose()
  }
}

/** A bit each, the first the lowest of the first byte, in base64. */
function packed(right: Uint8Array): string {
  const bytes = Buffer.alloc(Math.ceil(right.length / 8))
  right.forEach((bit, row) => (bytes[row >> 3]! |= bit << (row & 7)))
  return bytes.toString('base64')
}

function unpacked(bits: string): Uint8Array {
  const bytes = Buffer.from(bits, 'base64')
  return Uint8Array.from({ length: 8 * bytes.length }, (_, row) => (bytes[row >> 3]! >> (row & 7)) & 1)
}

/** Over several runs, as the events of one suite. */
export function robustnessProgress(
  total: number,
  emit: (event: TrainEvent) => void,
): (pictures: number) => void {
  let done = 0
  return (pictures) => {
    done += pictures
    emit({ type: 'evaluate', suite: 'robustness', done, total })
  }
}
