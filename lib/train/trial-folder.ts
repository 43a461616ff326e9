/** A folder for what is tried out, beside the runs whose disk it shares: gone at the end. */
import { mkdir, mkdtemp, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { orFileError, removeFolder } from './durable-files'
import { unfinished } from './run-folder'

/**
 * Does `work` in an empty folder below `directory`, which is made where it is not there. Both are gone afterwards; what a kill
 * leaves goes with the next run that is made in `directory`, as an unfinished one.
 */
export async function inTrialFolder<T>(directory: string, work: (folder: string) => Promise<T>): Promise<T> {
  const made = await orFileError(directory, () => mkdir(directory, { recursive: true }))
  const folder = await orFileError(directory, () => mkdtemp(join(directory, unfinished)))
  try {
    return await work(folder)
  } finally {
    await removeFolder(folder)
    if (made !== undefined) await removeEmpty(directory, made)
  }
}

/** `folder` and those above it up to `top`, unless something lies in them now. */
async function removeEmpty(folder: string, top: string): Promise<void> {
  for (let path = folder; ; path = dirname(path)) {
    const isGone = await rmdir(path).then(
      () => true,
      () => false,
    )
    if (!isGone || path === top || path === dirname(path)) return
  }
}
