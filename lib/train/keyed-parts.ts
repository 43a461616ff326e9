/** Where in the feature cache lies what a run's encoder gives for its pictures: by a key of weights, pictures and recipe. */
import { contentFingerprint, type Split } from '../dataset'
import type { Session } from '../native'
import { isFileError } from './encode-split'
import type { EncodingConfig } from './encoder-features'
import { FeatureCache, type FeatureParts } from './feature-cache'
import { featureIdentity, featureKey, hashEncoder } from './feature-key'
import type { Plan } from './plan'

export interface KeyedPartsOptions {
  readonly session: Session
  readonly plan: Plan
  readonly config: Omit<EncodingConfig, 'pooling'> & { readonly pooling: string }
  /** Of what is kept of a picture. */
  readonly pictureBytes: number
  readonly signal: AbortSignal | undefined
  /** Of why nothing can be kept. */
  readonly warn: (message: string) => void
}

export class KeyedParts {
  /** Undefined: nothing is kept. */
  readonly cache: FeatureCache | undefined
  private weights: string | undefined

  constructor(private readonly options: KeyedPartsOptions) {
    const { cache } = options.config
    this.cache = cache === false ? undefined : new FeatureCache(cache === true ? undefined : cache)
  }

  /** Of a split, by contents and order. Undefined where nothing is kept: without a cache, or of files that cannot be read (loading tells of those). */
  async hashPictures(split: Split): Promise<string | undefined> {
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

  /** For a view of the pictures, or as they are evaluated. Undefined, after a warning, where nothing can be kept. */
  async open(split: Split, view: number | undefined, pictures: string): Promise<FeatureParts | undefined> {
    if (!this.cache) return undefined
    const identity = await this.identity(view, pictures)
    try {
      return await this.cache.open(
        featureKey(identity),
        identity,
        split.labels.length * this.options.pictureBytes,
      )
    } catch (error) {
      return this.giveUp(error)
    }
  }

  /** What there is of the pictures as they are evaluated. */
  async peek(pictures: string): Promise<FeatureParts | undefined> {
    return this.cache?.peek(featureKey(await this.identity(undefined, pictures)))
  }

  private async identity(view: number | undefined, pictures: string): Promise<object> {
    const { session, plan, config, signal } = this.options
    this.weights ??= await hashEncoder(session, signal)
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
    this.options.warn((error as Error).message)
    return undefined
  }
}
