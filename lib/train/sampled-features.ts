/** Features of few pictures in the place of all: as many rows, at the price of few. What is trained on them means nothing. */
import { join } from 'node:path'
import type { LinearProbeConfig } from '../config'
import { sequentialOrder, type Split } from '../dataset'
import { deviceMemory, type Features, type Session } from '../native'
import { encodingBatch } from './encode-split'
import { featureLoader, type EncodedSplit, type FeatureSource } from './encoder-features'
import { batchPace, secondsSince, timed, type BatchPace } from './pace'
import { encodedLayers, featureBytes } from './candidates'
import type { Plan } from './plan'

export class SampledFeatures implements FeatureSource {
  readonly cacheFolder = undefined
  /** That of the run; set before any features are asked for. */
  session!: Session
  /** What it took to make them, in seconds: no part of a run. */
  seconds = 0
  /** To write one row to the disk, in seconds. */
  writing = 0
  /** Bytes of tensors at most while the last of the training pictures are encoded. */
  peak = 0
  private readonly paces: Record<'train' | 'validation', BatchPace | undefined> = {
    train: undefined,
    validation: undefined,
  }

  constructor(
    private readonly plan: Plan,
    private readonly config: LinearProbeConfig,
    private readonly options: { readonly folder: string; readonly signal: AbortSignal },
  ) {}

  async trained(split: Split): Promise<EncodedSplit> {
    const { views } = this.config
    this.peak = deviceMemory(this.plan.device).peak
    const encoded = await this.encode('train', split, views ?? 1, views === null ? undefined : 0)
    return encoded
  }

  evaluated(split: Split): Promise<EncodedSplit> {
    return this.encode('validation', split, 1, undefined)
  }

  /** Of all pictures of the plan that the trial is for. */
  encodingSeconds({ dataset: { train, validation } }: Plan): number {
    const pictures = {
      train: train.labels.length * (this.config.views ?? 1),
      validation: validation?.labels.length ?? 0,
    }
    return (['train', 'validation'] as const).reduce((sum, name) => {
      const pace = this.paces[name]
      return sum + (pace === undefined ? 0 : pace.first + pace.secondsPerPicture * pictures[name])
    }, 0)
  }

  private async encode(
    name: 'train' | 'validation',
    split: Split,
    copies: number,
    view: number | undefined,
  ): Promise<EncodedSplit> {
    const begun = performance.now()
    const layers = encodedLayers(this.config)
    const [few, features] = [this.session.createFeatures(layers), this.session.createFeatures(layers)]
    try {
      const samples = await this.encodeFew(name, split, view, few)
      const rows = copies * split.labels.length
      if (name === 'train') this.notePeak(rows)
      await this.repeat(few, samples, split, rows, features)
      const starts = Array.from({ length: copies }, (_, copy) => copy * split.labels.length)
      const all = Int32Array.from({ length: rows }, (_, row) => row % split.labels.length)
      return { features, samples: all, views: starts, leftOut: [] }
    } catch (error) {
      features.dispose()
      throw error
    } finally {
      few.dispose()
      this.seconds += secondsSince(begun)
    }
  }

  /** Resolves with the samples of the rows. */
  private async encodeFew(
    name: 'train' | 'validation',
    split: Split,
    view: number | undefined,
    few: Features,
  ): Promise<Int32Array> {
    const { session, plan, config, options } = this
    const loader = featureLoader(plan, config, split, view)
    const samples: number[] = []
    try {
      this.paces[name] = await batchPace(
        () => {
          loader.start(sequentialOrder(split.labels.length), view ?? 0)
        },
        async () => {
          const batch = await session.cancellable(options.signal, () =>
            session.appendFeatures(loader, few, config.precision),
          )
          samples.push(...batch)
          return batch.length
        },
      )
    } finally {
      loader.dispose()
    }
    return Int32Array.from(samples)
  }

  /** While they are encoded all features are there beside what a batch takes. */
  private notePeak(rows: number): void {
    const { peak } = deviceMemory(this.plan.device)
    this.peak = Math.max(this.peak, peak + rows * featureBytes(this.plan.encoder.geometry, this.config))
  }

  /** Appends `rows` rows made of those of `few`, in pieces that let the buffer grow as batches do. */
  private async repeat(
    few: Features,
    samples: Int32Array,
    { labels }: Split,
    rows: number,
    features: Features,
  ): Promise<void> {
    const { session, options } = this
    const piece = pieceOf(Math.min(rows, samples.length))
    const path = (name: string) => join(options.folder, `${name}.features`)
    const write = async (name: string, count: number) => {
      const { seconds } = await timed(() =>
        session.writeFeatures(few, [0, count], samples.slice(0, count), path(name)),
      )
      return seconds / count
    }
    if (piece === 0) return // bad pictures left none
    this.writing = await write('piece', piece)
    const shown = withEveryClass(labels, samples.subarray(0, piece))
    let repetition = 0
    while (features.rows + piece <= rows)
      await session.restoreFeatures(path('piece'), piece, shown(repetition++), features)
    const rest = rows - features.rows
    if (rest === 0) return
    await write('rest', rest)
    await session.restoreFeatures(path('rest'), rest, shown(repetition), features)
  }
}

/**
 * Labels for each repetition of these samples: a fit needs rows of every class of the split, and few pictures may not have them all.
 * A quarter of each repetition but the first is given to classes that are missing, in turn.
 */
export function withEveryClass(labels: Int32Array, samples: Int32Array): (repetition: number) => Int32Array {
  const there = new Set(Array.from(samples, (sample) => labels[sample]))
  const missing = [...new Set(labels)].filter((label) => !there.has(label))
  if (missing.length === 0) return () => labels
  const lent = samples.subarray(0, Math.ceil(samples.length / 4))
  return (repetition) => {
    const own = labels.slice()
    if (repetition === 0) return own
    lent.forEach((sample, i) => {
      own[sample] = missing[(repetition * lent.length + i) % missing.length]!
    })
    return own
  }
}

/** A power of two of batches, where there are as many. */
const pieceOf = (rows: number): number =>
  rows < encodingBatch ? rows : encodingBatch * 2 ** Math.floor(Math.log2(rows / encodingBatch))
