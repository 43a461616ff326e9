/** Files that are either whole or not there: written under a temporary name, then renamed. */
import { open, mkdir, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { IjepaError } from '../errors'

/** @throws ERR_FILE, naming the file */
export async function writeWhole(
  file: string,
  content: string | Uint8Array | AsyncIterable<string | Uint8Array>,
): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`
  try {
    await mkdir(dirname(file), { recursive: true })
    await withFile(temporary, async (handle) => {
      if (typeof content === 'string' || ArrayBuffer.isView(content)) await handle.writeFile(content)
      else for await (const piece of content) await handle.writeFile(piece)
      await handle.sync()
    })
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined) // the first failure is the one to tell
    throw fileError(file, error)
  }
}

async function withFile(file: string, work: (handle: FileHandle) => Promise<void>): Promise<void> {
  const handle = await open(file, 'w')
  try {
    await work(handle)
  } finally {
    await handle.close()
  }
}

export function fileError(file: string, error: unknown): IjepaError {
  if (error instanceof IjepaError) return error
  const { message } = error as Error
  return new IjepaError(
    'ERR_FILE',
    `Expected to read or write ${file}: ${message}`,
    { file },
    { cause: error },
  )
}
