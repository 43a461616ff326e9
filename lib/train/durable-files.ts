/** Writing that a kill or a power cut leaves whole: a file or folder is the old one or the new one, never half of one. */
import { existsSync } from 'node:fs'
import { open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { IjepaError } from '../errors'

/** A temporary name first, synchronised, then renamed. */
export async function writeText(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`
  await orFileError(path, async () => {
    await writeFile(temporary, text, { flush: true })
    await rename(temporary, path)
  })
}

export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeText(path, JSON.stringify(value, undefined, 2) + '\n')
}

/** @throws ERR_FILE: missing, unreadable, or no JSON */
export async function readJson(path: string): Promise<Record<string, unknown>> {
  const text = await orFileError(path, () => readFile(path, 'utf8'))
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch (error) {
    throw new IjepaError('ERR_FILE', `${path} is not JSON: ${(error as Error).message}`, { file: path })
  }
}

/** Puts the whole folder `from` in the place of `to`; between two renames there is none there. */
export async function replaceFolder(from: string, to: string): Promise<void> {
  await moveAside(to)
  await move(from, to)
  await synchronize(dirname(to))
  await removeFolder(replaced(to))
}

/** Gives a folder's name free; what it was is kept under another until its successor is in place. */
export async function moveAside(path: string): Promise<void> {
  await removeFolder(replaced(path))
  if (existsSync(path)) await move(path, replaced(path))
}

/** Where `moveAside` puts a folder. */
export function replaced(path: string): string {
  return `${path}.replaced`
}

export function move(from: string, to: string): Promise<void> {
  return orFileError(to, () => rename(from, to))
}

export function removeFolder(path: string): Promise<void> {
  return orFileError(path, () => rm(path, { recursive: true, force: true }))
}

/** Waits until a file's bytes, or a folder's names, are on the disk. */
export async function synchronize(path: string): Promise<void> {
  await orFileError(path, async () => {
    const handle = await open(path, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  })
}

/** What the system says of a path, as ERR_FILE that names it; errors of our own stay what they are. */
export async function orFileError<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof IjepaError ? error : fileError(path, error)
  }
}

function fileError(path: string, error: unknown): IjepaError {
  const { code, message } = error as NodeJS.ErrnoException
  return new IjepaError(
    'ERR_FILE',
    `${path}: ${advice.get(code ?? '') ?? message}`,
    { file: path },
    { cause: error },
  )
}

const notWritable = 'not writable: choose another directory'
const notThere = 'there is no such file or folder (any more)'

/** By the system's codes. */
const advice = new Map([
  ['ENOSPC', 'no space left: free some and resume the run'],
  ['EDQUOT', 'no space left of the quota: free some and resume the run'],
  ['EFBIG', 'larger than this process may write (ulimit -f): raise the limit and resume the run'],
  ['EACCES', notWritable],
  ['EROFS', notWritable],
  ['EPERM', notWritable],
  ['ENOENT', notThere],
  ['ENOTDIR', notThere],
])
