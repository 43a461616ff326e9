/** Looks at the first bytes and the size of many files, a bounded number at a time. */
import * as fs from 'node:fs'
import { promisify } from 'node:util'
import { endingOf, hasPictureEnding, sniff, sniffBytes } from './image-format'
import type { Reject } from './listing'
import { forEachConcurrently, type Pace } from './pace'

const open = promisify(fs.open)
const close = promisify(fs.close)
const fstat = promisify(fs.fstat)
const read = promisify(fs.read) as (
  fd: number,
  buffer: Uint8Array,
  offset: number,
  length: number,
  position: number,
) => Promise<{ bytesRead: number }>

/** Files open at once: enough to hide the latency of network disks, few enough for any limit of descriptors. */
const openFiles = 32

/** Opening a named pipe must not wait for a writer; Windows has neither. */
const nonBlocking = process.platform === 'win32' ? 0 : fs.constants.O_NONBLOCK

export interface Probed {
  /** Bytes of each file. */
  sizes: Float64Array
  /** By index of the file: those that are no readable picture. */
  rejects: Map<number, Reject>
}

/** `listed`: somebody named these files as pictures, so whatever is wrong with one makes it bad. */
export async function probeFiles(files: readonly string[], pace: Pace, listed = false): Promise<Probed> {
  const sizes = new Float64Array(files.length)
  const rejects = new Map<number, Reject>()
  await forEachConcurrently(files.length, openFiles, pace, async (i) => {
    const head = new Uint8Array(sniffBytes)
    try {
      sizes[i] = await readHead(files[i]!, head)
    } catch (error) {
      const reason = cannotRead(files[i]!, error)
      rejects.set(i, { reason, code: listed || hasPictureEnding(files[i]!) ? 'ERR_IMAGE_DECODE' : undefined })
      return
    }
    const reject = judge(files[i]!, head.subarray(0, Math.min(sniffBytes, sizes[i])), listed)
    if (reject) rejects.set(i, reject)
  })
  return { sizes, rejects }
}

/** The verdict on a file or archive member by its first bytes; undefined for a picture that is read. */
export function judge(name: string, head: Uint8Array, listed = false): Reject | undefined {
  const found = sniff(head, endingOf(name))
  if (found.kind === 'picture') return undefined
  if (found.kind === 'refused') {
    return { reason: `${found.name} pictures are not read`, code: listed ? 'ERR_IMAGE_REFUSED' : undefined }
  }
  if (!listed && !hasPictureEnding(name)) return { reason: found.name }
  const reason = head.length === 0 ? found.name : 'its first bytes are no picture'
  return { reason, code: 'ERR_IMAGE_DECODE' }
}

/** Fills `head` as far as the file goes; resolves with the file's size. */
async function readHead(file: string, head: Uint8Array): Promise<number> {
  const fd = await open(file, fs.constants.O_RDONLY | nonBlocking)
  try {
    const stats = await fstat(fd)
    if (!stats.isFile()) throw new Error('not a regular file')
    const { bytesRead } = await read(fd, head, 0, head.length, 0)
    if (bytesRead < Math.min(head.length, stats.size)) throw new Error('it cannot be read to its end')
    return stats.size
  } finally {
    await close(fd)
  }
}

function cannotRead(file: string, error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOENT' && file.includes('\ufffd')) return 'its name is not valid UTF-8: rename it'
  if (code === 'ENOENT') return 'there is no such file (a link to nothing?)'
  if (code === 'EACCES' || code === 'EPERM') return 'no permission to read it'
  return (error as Error).message
}
