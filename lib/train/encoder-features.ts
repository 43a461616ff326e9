/** The features that a probe is fed with: from the cache on the disk where they are there, else computed and kept there. */
import type { TrainEvent } from '../api'
import type { LinearProbeConfig } from '../config'
import { contentFingerprint, sequentialOrder, type Split } from '../dataset'
import { evaluationLoader, type ModelDescription } from '../inference'
import { Loader, type FeatureRows, type Features, type Session } from '../native'
import { encodedLayers, featureBytes } from './candidates'
import { encodeSplit, encodingBatch, isFileError, partSamples } from './encode-split'
import { FeatureCache, type FeatureParts } from './feature-cache'
import { featureIdentity, featureKey, hashEncoder } from './feature-key'
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
  private readonly cache: FeatureCache | undefined
  private weights: string | undefined
  private done = 0

  constructor(
    private readonly session: Session,
    private readonly plan: Plan,
    private readonly config: EncodingConfig,
    private readonly options: EncodingOptions,
  ) {
    const { cache } = config
    this.cache = cache === false ? undefined : new FeatureCache(cache === true ? undefined : cache)
  }

  get cacheFolder(): string | undefined {
    return this.cache?.folder
  }

  evaluated(split: Split): Promise<EncodedSplit> {
    return this.encode(split, [undefined])
  }

  /** Whether all that evaluated() gives of this split lies in the cache. */
  async kept(split: Split): Promise<boolean> {
    const pictures = await this.hashPictures(split)
    if (pictures === undefined || !this.cache) return false
    const parts = this.cache.peek(featureKey(await this.identity(undefined, pictures)))
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
    const features = session.createFeatures(layers)
    try {
      const pictures = await this.hashPictures(split)
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
        precision: config.precision,
        parts: pictures === undefined ? undefined : await this.open(split, view, pictures),
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

  /** Undefined where nothing is kept: without a cache, or of files that cannot be read (loading tells of those). */
  private async hashPictures(split: Split): Promise<string | undefined> {
    if (!this.cache) return undefined
    const { signal } = this.options
    try {
      return await contentFingerprint(split.table, {
        cacheDirectory: this.cache.folder,
        ...(signal ? { signal } : {}),
      })
    } catch (error) {
      return this.giveUp(error)
    }
  }

  private async open(
    split: Split,
    view: number | undefined,
    pictures: string,
  ): Promise<FeatureParts | undefined> {
    const { plan, config, cache } = this
    if (!cache) return undefined
    const identity = await this.identity(view, pictures)
    const bytes = split.labels.length * featureBytes(plan.encoder.geometry, config)
    try {
      return await cache.open(featureKey(identity), identity, bytes)
    } catch (error) {
      return this.giveUp(error)
    }
  }

  private async identity(view: number | undefined, pictures: string): Promise<object> {
    const { session, plan, config, options } = this
    this.weights ??= await hashEncoder(session, options.signal)
    const { augmentation } = config
    return featureIdentity(plan, config, {
      weights: this.weights,
      pictures,
      ...(view === undefined || augmentation === null ? {} : { view: { index: view, augmentation } }),
    })
  }

  private giveUp(error: unknown): undefined {
    const isOurs = isFileError(error) || (error as NodeJS.ErrnoException).syscall !== undefined
    if (!isOurs) throw error
    this.warn(`${(error as Error).message}. These features are not kept`)
    return undefined
  }

  private warn(message: string): void {
    this.options.emit({ type: 'warning', code: 'WARN_CACHE', message })
  }
}
