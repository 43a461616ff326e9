/** A run's folder: its configuration, its metrics, and the places of its checkpoints. */
import { mkdir, open, readFile, rename, rm, truncate, writeFile, appendFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { IjepaError } from '../errors'

/** Of config.json and of a checkpoint's state.json; raised when a reader must know. */
export const formatVersion = 1

export class RunFolder {
  constructor(readonly path: string) {}

  get name(): string {
    return basename(this.path)
  }

  get config(): string {
    return join(this.path, 'config.json')
  }

  get metrics(): string {
    return join(this.path, 'metrics.jsonl')
  }

  /** The newest state of the run, the one before it, or the best epoch's. */
  checkpoint(which: 'last' | 'previous' | 'best'): string {
    return join(this.path, 'checkpoints', which)
  }

  /**
   * A new folder `directory/name`, or `directory/name-2`, … where that exists: no run is ever overwritten.
   * @throws ERR_FILE when it cannot be made
   */
  static async create(directory: string, name: string): Promise<RunFolder> {
    await orFileError(directory, () => mkdir(directory, { recursive: true }))
    for (let number = 1; ; number++) {
      const folder = new RunFolder(join(directory, number === 1 ? name : `${name}-${number}`))
      if (existsSync(folder.path)) continue
      try {
        await mkdir(folder.path)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue
        throw fileError(folder.path, error)
      }
      await mkdir(join(folder.path, 'checkpoints'))
      return folder
    }
  }

  async writeConfig(config: Readonly<Record<string, unknown>>): Promise<void> {
    await writeJson(this.config, { formatVersion, ...config })
  }

  /** @throws ERR_FILE: not a run folder; ERR_RESUME: of a later version of this library */
  async readConfig(): Promise<Record<string, unknown>> {
    const config = await readJson(this.config)
    if (typeof config.formatVersion !== 'number' || config.formatVersion > formatVersion) {
      throw new IjepaError(
        'ERR_RESUME',
        `${this.config} has format version ${String(config.formatVersion)}, this library knows up to ${formatVersion}: update ijepa-classify`,
        { file: this.config },
      )
    }
    return config
  }

  async appendMetrics(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return
    await orFileError(this.metrics, () => appendFile(this.metrics, lines.map((line) => line + '\n').join('')))
  }

  /** Drops what was written after the checkpoint that a run resumes from. */
  async truncateMetrics(bytes: number): Promise<void> {
    if (existsSync(this.metrics)) await orFileError(this.metrics, () => truncate(this.metrics, bytes))
  }
}

/** A temporary name first, then renamed: a reader sees the old file or the new one, never half of one. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  const temporary = `${path}.tmp`
  await orFileError(path, async () => {
    await writeFile(temporary, JSON.stringify(value, undefined, 2) + '\n', { flush: true })
    await rename(temporary, path)
  })
}

export async function readJson(path: string): Promise<Record<string, unknown>> {
  const text = await orFileError(path, () => readFile(path, 'utf8'))
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch (error) {
    throw new IjepaError('ERR_FILE', `${path} is not JSON: ${(error as Error).message}`, { file: path })
  }
}

/** Puts the whole folder `from` in the place of `to`. */
export async function replaceFolder(from: string, to: string): Promise<void> {
  await orFileError(to, async () => {
    await rm(to, { recursive: true, force: true })
    await rename(from, to)
    await syncFolder(dirname(to))
  })
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function orFileError<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw fileError(path, error)
  }
}

function fileError(path: string, error: unknown): IjepaError {
  const { code, message } = error as NodeJS.ErrnoException
  const advice =
    code === 'ENOSPC'
      ? 'no space left: free some and resume the run'
      : code === 'EACCES' || code === 'EROFS' || code === 'EPERM'
        ? 'not writable: choose another directory'
        : message
  return new IjepaError('ERR_FILE', `${path}: ${advice}`, { file: path }, { cause: error })
}
