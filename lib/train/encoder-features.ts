/** The features that a probe is fed with: from the cache on the disk where they are there, else computed and kept there. */
import type { TrainEvent } from '../api'
import type { LinearProbeConfig } from '../config'
import { sequentialOrder, type Split } from '../dataset'
import { evaluationLoader, type ModelDescription } from '../inference'
import { Loader, type FeatureRows, type Features, type Session } from '../native'
import { encodedLayers, featureBytes } from './candidates'
import { encodeSplit, encodingBatch, partSamples } from './encode-split'
import { KeyedParts } from './keyed-parts'
import type { LeftOut } from './learner'
import type { Plan } from './plan'
import { trainingLoaderOptions } from './training-loader'

/** Pooled features of a split, and the samples that they belong to (bad pictures may be left out). */
export interface EncodedSplit {
  readonly features: Features
  readonly samples: Int32Array
  /** First row of each view of the pictures; views follow one another. */
  readonly views: readonly number[]
  readonly leftOut: readonly LeftOut[]
}

/** What the features depend on, and where they are kept. */
export interface EncodingConfig extends Pick<
  LinearProbeConfig,
  'features' | 'precision' | 'views' | 'augmentation' | 'cache'
> {
  readonly pooling: ModelDescription['pooling']
}

/** All rows, in their order. */
export const rowsOf = ({ features, samples }: EncodedSplit): FeatureRows => ({
  features,
  rows: sequentialOrder(samples.length),
})

export interface EncodingOptions {
  readonly signal: AbortSignal | undefined
  readonly emit: (event: TrainEvent) => void
}

/** Who has the features of a probe's pictures. */
export interface FeatureSource {
  /** Where the cache is, and the hashes of pictures that were read; undefined without one. */
  readonly cacheFolder: string | undefined
  /** As the pictures are evaluated. */
  evaluated(split: Split): Promise<EncodedSplit>
  /** What is trained on: augmented views of the pictures where the recipe says so. */
  trained(split: Split): Promise<EncodedSplit>
}

/** Pictures as they are encoded: those of an augmented view, or as they are evaluated. */
export function featureLoader(
  plan: Plan,
  config: Pick<EncodingConfig, 'augmentation'>,
  split: Split,
  view: number | undefined,
): Loader {
  const loading = { ...plan.loading, batchSize: encodingBatch }
  if (view === undefined || config.augmentation === null) return evaluationLoader(split.table, loading)
  return new Loader(split.table, trainingLoaderOptions(loading, config.augmentation, plan.seed))
}

export class EncoderFeatures implements FeatureSource {
  private readonly parts: KeyedParts
  private done = 0

  constructor(
    private readonly session: Session,
    private readonly plan: Plan,
    private readonly config: EncodingConfig,
    private readonly options: EncodingOptions,
  ) {
    this.parts = new KeyedParts({
      ...{ session, plan, config, signal: options.signal },
      pictureBytes: featureBytes(plan.encoder.geometry, config),
      warn: (message) => {
        this.warn(`${message}. These features are not kept`)
      },
    })
  }

  get cacheFolder(): string | undefined {
    return this.parts.cache?.folder
  }

  evaluated(split: Split): Promise<EncodedSplit> {
    return this.encode(split, [undefined])
  }

  /** Whether all that evaluated() gives of this split lies in the cache. */
  async kept(split: Split): Promise<boolean> {
    const pictures = await this.parts.hashPictures(split)
    const parts = pictures === undefined ? undefined : await this.parts.peek(pictures)
    if (!parts) return false
    const count = Math.ceil(split.labels.length / partSamples)
    return Array.from({ length: count }, (_, part) => part).every((part) => parts.has(part))
  }

  trained(split: Split): Promise<EncodedSplit> {
    const { views } = this.config
    return this.encode(split, views === null ? [undefined] : Array.from({ length: views }, (_, view) => view))
  }

  private async encode(split: Split, views: readonly (number | undefined)[]): Promise<EncodedSplit> {
    const { session, config } = this
    const layers = encodedLayers(config)
    const pictures = await this.parts.hashPictures(split)
    const kept = pictures === undefined ? 0 : views.length * split.labels.length
    const features = session.createFeatures(layers, kept)
    try {
      const [samples, leftOut, starts]: [Int32Array[], LeftOut[], number[]] = [[], [], []]
      for (const view of views) {
        starts.push(features.rows)
        const found = await this.encodeView(split, view, features, pictures)
        samples.push(found.samples)
        leftOut.push(...found.leftOut)
      }
      const all = Int32Array.from(samples.flatMap((part) => Array.from(part)))
      const once = [...new Map(leftOut.map((picture) => [picture.file, picture])).values()]
      return { features, samples: all, views: starts, leftOut: once }
    } catch (error) {
      features.dispose()
      throw error
    }
  }

  private async encodeView(
    split: Split,
    view: number | undefined,
    features: Features,
    pictures: string | undefined,
  ) {
    const { session, plan, config, options } = this
    const loader = featureLoader(plan, config, split, view)
    const before = this.done
    try {
      return await encodeSplit({
        session,
        split,
        loader,
        view: view ?? 0,
        features,
        layers: encodedLayers(config),
        precision: config.precision,
        parts: pictures === undefined ? undefined : await this.parts.open(split, view, pictures),
        signal: options.signal,
        onProgress: (done) => {
          this.done = before + done
          options.emit({ type: 'evaluate', suite: 'features', done: this.done, total: this.total })
        },
        warn: (message) => {
          this.warn(message)
        },
      })
    } finally {
      loader.dispose()
    }
  }

  /** Pictures of all views and of validation. */
  private get total(): number {
    const { train, validation } = this.plan.dataset
    return train.labels.length * (this.config.views ?? 1) + (validation?.labels.length ?? 0)
  }

  private warn(message: string): void {
    this.options.emit({ type: 'warning', code: 'WARN_CACHE', message })
  }
}
