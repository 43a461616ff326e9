/** The output of the encoder's frozen part, kept on the disk for the epochs that see the same views of the pictures. */
import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { TrainEvent } from '../api'
import type { RecipeConfig } from '../config'
import { IjepaError } from '../errors'
import type { Loader, Session } from '../native'
import type { FrozenPrefix } from '../schedule'
import { keptBytes } from './candidates'
import { removeFolder } from './durable-files'
import type { Plan } from './plan'

/** How an epoch's preparation is watched and stopped. */
export interface Preparation {
  readonly signal: AbortSignal | undefined
  readonly emit: (event: TrainEvent) => void
}

export interface PrefixCacheOptions {
  readonly session: Session
  /** Made where it is not there; nothing else may lie in it. */
  readonly folder: string
  /** Of what the files depend on beside prefix and view: encoder, data, recipe. It is part of their names. */
  readonly identity: string
  /** Values of a token, tokens of a picture, and bytes of a value. */
  readonly size: { readonly width: number; readonly tokens: number; readonly bytes: number }
}

/** What is encoded, and up to where. */
export interface TokenSource {
  readonly prefix: FrozenPrefix
  /** A fixed view of the training pictures, or the validation pictures. */
  readonly view: number | 'validation'
  /** Samples that it has. */
  readonly samples: number
  /** Already started. */
  readonly loader: () => Loader
}

/** Of an encoder's tokens, kept as a run of this precision computes them. */
export function tokenSize(
  { embedDim: width, patchSize, imageHeight, imageWidth }: Plan['encoder']['geometry'],
  config: Pick<RecipeConfig, 'precision'>,
): PrefixCacheOptions['size'] {
  const tokens = (imageHeight / patchSize) * (imageWidth / patchSize)
  return { width, tokens, bytes: keptBytes(config) }
}

export class PrefixCache {
  private open: { readonly name: string; readonly rows: ReadonlyMap<number, number> } | undefined
  private isGivenUp = false

  constructor(private readonly options: PrefixCacheOptions) {}

  /**
   * Row of each sample in the file of this prefix and view, which the session then has open: an existing one, or one made of
   * the batches that the loader gives. Undefined, after a warning, where it cannot be written: the frozen
   * part is then computed anew for each update.
   */
  async rows(
    source: TokenSource,
    preparation: Preparation,
  ): Promise<ReadonlyMap<number, number> | undefined> {
    const { prefix, view } = source
    const name = `view-${view}-${prefix.pooled ? 'pooled' : `blocks-${prefix.blocks}`}-${this.options.identity}.tokens`
    if (this.open?.name === name) return this.open.rows
    await this.close()
    if (this.isGivenUp) return undefined
    try {
      const samples = (await this.reopen(name)) ?? (await this.make(name, source, preparation))
      this.open = { name, rows: new Map(Array.from(samples, (sample, row) => [sample, row])) }
      return this.open.rows
    } catch (error) {
      if (!this.isOurs(error)) throw error
      this.isGivenUp = true
      await this.close()
      const message = `${error.message}. The output of the frozen blocks is not kept: each update computes it anew`
      preparation.emit({ type: 'warning', code: 'WARN_CACHE', message })
      return undefined
    }
  }

  async close(): Promise<void> {
    if (this.open === undefined) return
    this.open = undefined
    await this.options.session.closeTokens()
  }

  /** The file that an earlier session of the run has made; one that is damaged is made anew. */
  private async reopen(name: string): Promise<Int32Array | undefined> {
    const path = join(this.options.folder, name)
    if (!existsSync(path)) return undefined
    try {
      return await this.options.session.openTokens(path)
    } catch (error) {
      if (!this.isOurs(error)) throw error
      await rm(path, { force: true })
      return undefined
    }
  }

  private async make(name: string, source: TokenSource, preparation: Preparation): Promise<Int32Array> {
    const { session, folder } = this.options
    const { prefix } = source
    const path = join(folder, name)
    await this.makeRoom(name, source)
    await session.createTokens(path, prefix.blocks, prefix.pooled)
    try {
      await this.encode(source, preparation)
      await session.commitTokens()
    } catch (error) {
      await session.closeTokens()
      throw error
    }
    return session.openTokens(path)
  }

  private async encode(source: TokenSource, { signal, emit }: Preparation): Promise<void> {
    const { session } = this.options
    const { samples: total } = source
    const loader = source.loader()
    for (let done = 0; ;) {
      const batch = await session.cancellable(signal, () => session.appendTokens(loader))
      if (batch.length === 0) return
      done += batch.length
      emit({ type: 'evaluate', suite: 'frozen blocks', done, total })
    }
  }

  /** Files of earlier stages, and unfinished ones, go; @throws ERR_FILE where the disk has too little room for a new one. */
  private async makeRoom(name: string, { prefix, samples }: TokenSource): Promise<void> {
    const { folder, size } = this.options
    const ending = name.slice(name.indexOf('-', 'view-'.length))
    let free: number
    try {
      await mkdir(folder, { recursive: true })
      const stale = (await readdir(folder)).filter((file) => !file.endsWith(ending))
      for (const file of stale) await rm(join(folder, file), { force: true, recursive: true })
      free = await freeBytes(folder)
    } catch (cause) {
      throw new IjepaError(
        'ERR_FILE',
        `Cannot write in ${folder}: ${(cause as Error).message}`,
        { file: folder },
        { cause },
      )
    }
    const needed = samples * size.width * (prefix.pooled ? 1 : size.tokens) * size.bytes
    if (needed <= free) return
    const sizes = `${gigabytes(needed)} GB for the output of the frozen blocks, ${gigabytes(free)} GB are free`
    throw new IjepaError('ERR_FILE', `${folder} needs ${sizes}`, { file: folder })
  }

  private isOurs(error: unknown): error is IjepaError {
    return (
      error instanceof IjepaError &&
      error.code === 'ERR_FILE' &&
      String(error.details?.file).startsWith(this.options.folder)
    )
  }
}

/** Where the run in `folder` keeps them, while it runs. */
export const prefixCacheFolder = (folder: string): string => join(folder, 'frozen')

export function removePrefixCache(folder: string): Promise<void> {
  return removeFolder(prefixCacheFolder(folder))
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(2)
