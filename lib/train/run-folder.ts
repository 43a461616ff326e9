/** A run's folder: its configuration, its metrics, and its checkpoints. */
import { existsSync } from 'node:fs'
import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  stat,
  truncate,
} from 'node:fs/promises'
import { basename, join } from 'node:path'
import { IjepaError } from '../errors'
import { Checkpoints } from './checkpoints'
import { orFileError, readJson, removeFolder, synchronize, writeJson } from './durable-files'
import { configChecksum } from './run-identity'

/** Of config.json and of a checkpoint's state.json; raised when a reader must know. */
export const formatVersion = 1

/** How the name of a run's folder begins while it is made; older ones of that name are removed. */
export const unfinished = '.ijepa-writing-'

/** What a run is, as its folder keeps it from the first moment on. */
export interface RunRecord {
  readonly config: Readonly<Record<string, unknown>>
  /** data.json: what the data were, class by class. */
  readonly data: object
}

export class RunFolder {
  readonly checkpoints: Checkpoints

  constructor(readonly path: string) {
    this.checkpoints = new Checkpoints(join(path, 'checkpoints'))
  }

  get name(): string {
    return basename(this.path)
  }

  get config(): string {
    return join(this.path, 'config.json')
  }

  get data(): string {
    return join(this.path, 'data.json')
  }

  get metrics(): string {
    return join(this.path, 'metrics.jsonl')
  }

  /** The newest state of the run, the one before it, or the best epoch's. */
  checkpoint(which: 'last' | 'previous' | 'best'): string {
    return this.checkpoints.at(which)
  }

  /**
   * A new folder `directory/name`, or `directory/name-2`, … where that exists: no run is ever overwritten. It appears with
   * its record in it, so that a run can be resumed whenever it was ended.
   * @throws ERR_FILE when it cannot be made
   */
  static async create(directory: string, name: string, record: RunRecord): Promise<RunFolder> {
    await orFileError(directory, () => mkdir(directory, { recursive: true }))
    await removeUnfinished(directory)
    const making = new RunFolder(await orFileError(directory, () => mkdtemp(join(directory, unfinished))))
    try {
      await making.fill(record)
      for (let number = 1; ; number++) {
        const path = join(directory, number === 1 ? name : `${name}-${number}`)
        if (existsSync(path) || !(await takesPlace(making.path, path))) continue
        await synchronize(directory)
        return new RunFolder(path)
      }
    } catch (error) {
      await removeFolder(making.path).catch(() => undefined) // what failed first is what to say
      throw error
    }
  }

  private async fill({ config, data }: RunRecord): Promise<void> {
    await orFileError(this.path, async () => {
      await chmod(this.path, 0o777 & ~process.umask()) // a temporary folder is its owner's alone
      await mkdir(this.checkpoints.path)
    })
    await writeJson(this.data, { formatVersion, ...data })
    await this.writeConfig(config)
    await synchronize(this.path)
  }

  /** With a checksum, which shows a later change by hand. */
  async writeConfig({ checksum: _, ...config }: Readonly<Record<string, unknown>>): Promise<void> {
    const whole = JSON.parse(JSON.stringify({ formatVersion, ...config })) as Record<string, unknown>
    await writeJson(this.config, { ...whole, checksum: configChecksum(whole) })
  }

  /** @throws ERR_FILE: not a run folder; ERR_RESUME: no configuration of a run, or one of a later version of this library */
  async readConfig(): Promise<Record<string, unknown>> {
    if (!existsSync(this.config)) {
      const message = `${this.path} is not the folder of a run: it has no config.json`
      throw new IjepaError('ERR_FILE', message, { file: this.config })
    }
    const config = await readJson(this.config).catch((error: unknown) => {
      throw new IjepaError('ERR_RESUME', (error as Error).message, { file: this.config }, { cause: error })
    })
    const version = (Object(config) as { formatVersion?: unknown }).formatVersion
    if (typeof version !== 'number' || version > formatVersion) {
      throw new IjepaError(
        'ERR_RESUME',
        `${this.config} has format version ${String(version)}, this library knows up to ${formatVersion}: update ijepa-classify`,
        { file: this.config },
      )
    }
    return config
  }

  async appendMetrics(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return
    await orFileError(this.metrics, () => appendFile(this.metrics, lines.map((line) => line + '\n').join('')))
  }

  /** A checkpoint counts on the lines before it. */
  async syncMetrics(): Promise<void> {
    if (existsSync(this.metrics)) await synchronize(this.metrics)
  }

  /**
   * Drops what was written after the checkpoint that a run resumes from; resolves with the length that is left: less than
   * `bytes`, whole lines only, where some of it is gone.
   */
  async truncateMetrics(bytes: number): Promise<number> {
    if (!existsSync(this.metrics)) return 0
    return orFileError(this.metrics, async () => {
      const { size } = await stat(this.metrics)
      const kept = size >= bytes ? bytes : (await readFile(this.metrics)).lastIndexOf('\n') + 1
      await truncate(this.metrics, kept)
      return kept
    })
  }
}

/** Removes what processes have left that were killed while they made a run's folder; younger ones may be at it still. */
async function removeUnfinished(directory: string): Promise<void> {
  const names = await orFileError(directory, () => readdir(directory))
  for (const name of names.filter((entry) => entry.startsWith(unfinished))) {
    const path = join(directory, name)
    const found = await stat(path).catch(() => undefined)
    if (found && Date.now() - found.mtimeMs > 600_000) await removeFolder(path)
  }
}

/** Renames a folder to a name that is free; false where that was taken meanwhile. */
async function takesPlace(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (['EEXIST', 'ENOTEMPTY', 'ENOTDIR', 'EPERM'].includes(code) && existsSync(to)) return false
    return orFileError(to, () => Promise.reject(error as Error))
  }
}
