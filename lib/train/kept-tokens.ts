/** Where the tokens of an attentive probe are kept: in the feature cache, for later runs too, else in the run's own folder. */
import type { LinearProbeConfig } from '../config'
import { sequentialOrder, type Split } from '../dataset'
import type { Loader, Session } from '../native'
import { isFileError } from './encode-split'
import { KeyedParts } from './keyed-parts'
import type { LeftOut } from './learner'
import type { Plan } from './plan'
import { tokenSize, type Preparation, type PrefixCache } from './prefix-cache'
import { openTokenParts } from './token-parts'
import type { RowOfSample } from './token-updates'

export interface KeptTokensOptions {
  readonly session: Session
  readonly plan: Plan
  readonly config: LinearProbeConfig
  /** Keeps them for this run alone, where the cache cannot. */
  readonly ownFiles: PrefixCache
  readonly signal: AbortSignal | undefined
}

export interface TokenPictures {
  readonly split: Split
  readonly view: number | 'validation'
  /** Of the split, in batches of `encodingBatch`. */
  readonly loader: Loader
}

/** Of sample, label and checksum beside a row. */
const indexBytes = 16

export class KeptTokens {
  private readonly parts: KeyedParts
  private readonly pictureBytes: number
  private readonly checked = new Set<string>()
  private readonly unread = new Map<string, LeftOut>()
  private open: { readonly view: TokenPictures['view']; readonly rows: RowOfSample } | undefined
  private isGivenUp = false
  private warn: (message: string) => void = () => undefined

  constructor(private readonly options: KeptTokensOptions) {
    const { plan, config } = options
    const { width, tokens, bytes } = tokenSize(plan.encoder.geometry, config)
    this.pictureBytes = width * tokens * bytes + indexBytes
    this.parts = new KeyedParts({
      ...options,
      config: { ...config, pooling: 'tokens' },
      pictureBytes: this.pictureBytes,
      warn: (message) => {
        this.giveUp(message)
      },
    })
  }

  /** Pictures that could not be read when what is kept was made. */
  leftOut(): LeftOut[] {
    return [...this.unread.values()]
  }

  /**
   * Row of each sample among those that the session then has open. Undefined, after a warning, where they cannot be kept at all:
   * each update computes them anew.
   */
  async rows(pictures: TokenPictures, preparation: Preparation): Promise<RowOfSample | undefined> {
    this.warn = (message) => {
      preparation.emit({ type: 'warning', code: 'WARN_CACHE', message })
    }
    return (await this.fromCache(pictures, preparation)) ?? this.fromOwnFiles(pictures, preparation)
  }

  private giveUp(message: string): void {
    this.isGivenUp = true
    this.warn(`${message}. Tokens are kept for this run alone`)
  }

  /** Undefined, after a warning, where the cache cannot have them. */
  private async fromCache(
    { split, view, loader }: TokenPictures,
    preparation: Preparation,
  ): Promise<RowOfSample | undefined> {
    if (this.isGivenUp || !this.hasRoom()) return undefined
    if (this.open?.view === view) return this.open.rows
    this.open = undefined
    const { session, plan } = this.options
    await session.closeTokens()
    const pictures = await this.parts.hashPictures(split)
    const augmented = view === 'validation' ? undefined : view
    const parts = pictures === undefined ? undefined : await this.parts.open(split, augmented, pictures)
    if (!parts) return undefined
    const { depth } = plan.encoder.geometry
    const { checked, warn } = this
    try {
      const opened = await openTokenParts({
        ...{ session, depth, split, loader, parts, checked, preparation, warn },
        view: augmented ?? 0,
      })
      for (const { sample, reason } of opened.unread) {
        const file = split.names[sample]!
        this.unread.set(file, { file, reason })
      }
      this.open = { view, rows: opened.rowOf }
      return opened.rowOf
    } catch (error) {
      const { cache } = this.parts
      const isOurs = isFileError(error) && cache && String(error.details?.file).startsWith(cache.folder)
      if (!isOurs) throw error
      this.giveUp(error.message)
      await session.closeTokens()
      return undefined
    }
  }

  /** For all that the run's epochs take in turn: else what one needs would go for what the next needs. */
  private hasRoom(): boolean {
    const { plan, config } = this.options
    const { train, validation } = plan.dataset
    const views = config.augmentation === null ? 1 : (config.views ?? 0)
    const needed = this.pictureBytes * (views * train.labels.length + (validation?.labels.length ?? 0))
    const limit = this.parts.cache?.limit ?? 0
    if (needed <= limit) return true
    const [tokens, room] = [needed, limit].map((size) => (size / 1e9).toFixed(2))
    this.giveUp(
      `These tokens take ${tokens} GB, IJEPA_FEATURE_CACHE_GB leaves ${room} GB for all that is kept`,
    )
    return false
  }

  private fromOwnFiles({ split, view, loader }: TokenPictures, preparation: Preparation) {
    const { ownFiles, plan } = this.options
    const samples = split.labels.length
    const prefix = { blocks: plan.encoder.geometry.depth, pooled: false }
    const started = () => {
      loader.start(sequentialOrder(samples), view === 'validation' ? 0 : view)
      return loader
    }
    return ownFiles.rows({ prefix, view, samples, loader: started }, preparation)
  }
}
