/** A run's checkpoint folders: `last`, the one before it, and the best epoch's. At every moment a whole one is there. */
import { constants, existsSync } from 'node:fs'
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { findDamage, readChecksums, writeChecksums } from './checksums'
import {
  move,
  moveAside,
  orFileError,
  removeFolder,
  replaced,
  replaceFolder,
  synchronize,
} from './durable-files'

export type CheckpointName = 'last' | 'previous' | 'best'

/** Of a checkpoint's files, those that only going on needs: the best epoch's folder is without them. */
const trainingFiles = new Set(['state.safetensors'])

const modelCard = 'README.md'

export class Checkpoints {
  /** `path` holds the folders. */
  constructor(readonly path: string) {}

  at(name: CheckpointName): string {
    return join(this.path, name)
  }

  has(name: CheckpointName): boolean {
    return existsSync(this.at(name))
  }

  /** An empty folder for the next checkpoint; `commit` makes it the last one. */
  begin(): Promise<string> {
    return this.emptyFolder(this.writing('last'))
  }

  /**
   * What `begin` gave, filled and sealed, becomes `last`, and `last` becomes `previous`. A kill between any two of these
   * steps leaves at least one whole checkpoint under its name, which `recover` brings in order.
   */
  async commit(): Promise<void> {
    if (this.has('last')) {
      await moveAside(this.at('previous'))
      await move(this.at('last'), this.at('previous'))
    }
    await move(this.writing('last'), this.at('last'))
    await synchronize(this.path)
    await removeFolder(replaced(this.at('previous')))
  }

  /** Drops a checkpoint that could not be written to its end. */
  async abandon(): Promise<void> {
    await removeFolder(this.writing('last'))
  }

  /** Makes the model of a checkpoint the best one: a copy, without the training state. Readers see a whole folder or none. */
  async keepBest(from: 'last' | 'previous'): Promise<void> {
    const source = this.at(from)
    const copy = await this.emptyFolder(this.writing('best'))
    const kept = Object.entries(await readChecksums(source)).filter(([name]) => !trainingFiles.has(name))
    const card = existsSync(join(source, modelCard)) ? [modelCard] : []
    for (const name of [...kept.map(([file]) => file), ...card]) {
      await orFileError(join(copy, name), () =>
        copyFile(join(source, name), join(copy, name), constants.COPYFILE_FICLONE),
      )
      await synchronize(join(copy, name))
    }
    await writeChecksums(copy, Object.fromEntries(kept))
    await replaceFolder(copy, this.at('best'))
  }

  /**
   * Ends what a kill has interrupted, and removes what it left half-written. To be called before a checkpoint is read to go
   * on from, by the holder of the run's lock.
   */
  async recover(): Promise<void> {
    const { last, previous, best } = {
      last: this.at('last'),
      previous: this.at('previous'),
      best: this.at('best'),
    }
    if (!existsSync(last) && existsSync(previous)) await move(previous, last)
    for (const path of [previous, best]) {
      if (!existsSync(path) && existsSync(replaced(path))) await move(replaced(path), path)
      await removeFolder(replaced(path))
    }
    await removeFolder(this.writing('last'))
    await removeFolder(this.writing('best'))
  }

  /** Keeps a damaged `last` for whoever wants to look at it, under the name `damaged`; the one before it becomes `last`. */
  async fallBack(): Promise<string> {
    const damaged = join(this.path, 'damaged')
    await replaceFolder(this.at('last'), damaged)
    await this.recover()
    return damaged
  }

  findDamage(
    name: CheckpointName,
    depth: 'sizes' | 'bytes',
    signal?: AbortSignal,
  ): Promise<string | undefined> {
    return findDamage(this.at(name), depth, signal)
  }

  private writing(name: 'last' | 'best'): string {
    return `${this.at(name)}.writing`
  }

  /** Not made with its parents: a run whose folder is gone must not begin a new one. */
  private async emptyFolder(path: string): Promise<string> {
    await removeFolder(path)
    await orFileError(path, () => mkdir(path))
    return path
  }
}
