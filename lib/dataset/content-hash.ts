/** Hashes of the samples' bytes, so that equal pictures are known as equal; remembered by path, place, size and time. */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, type FileHandle } from 'node:fs/promises'
import * as path from 'node:path'
import type { SampleTable } from '../../binding.gyp'
import { IjepaError } from '../errors'
import { forEachConcurrently, Pace } from './pace'

const piece = 1 << 20
const openFiles = 8

/** 128 bits of SHA-256 of each sample's bytes, in hexadecimal. `cacheDirectory`: where hashes are remembered. */
export async function hashContents(
  table: SampleTable,
  pace: Pace,
  cacheDirectory?: string,
): Promise<string[]> {
  const cache = await HashCache.open(cacheDirectory, pace)
  const hashes = new Array<string>(table.file.length)
  const runs = runsOfOneFile(table.file)
  await forEachConcurrently(runs.length, openFiles, pace, (run) =>
    hashRun(table, runs[run]!, hashes, cache, pace),
  )
  await cache.save(pace)
  return hashes
}

/**
 * SHA-256 (hexadecimal) of the samples' pixels as the table gives them, in its order: whatever their names and labels.
 * @throws ERR_FILE: a file cannot be read
 */
export async function contentFingerprint(
  table: SampleTable,
  { cacheDirectory, signal }: { cacheDirectory?: string; signal?: AbortSignal },
): Promise<string> {
  const pace = new Pace(signal)
  const contents = await hashContents(table, pace, cacheDirectory)
  const hash = createHash('sha256')
  for (let row = 0; row < contents.length; row++) {
    const { format, width, height, channels } = table
    hash.update(`${contents[row]} ${format[row]} ${width[row]} ${height[row]} ${channels[row]}\n`)
    if (pace.due()) await pace.rest()
  }
  return hash.digest('hex')
}

/** [begin, end) of rows that follow one another in the same file: a tar is opened once, not once a member. */
function runsOfOneFile(file: Int32Array): [number, number][] {
  const runs: [number, number][] = []
  for (let begin = 0, end = 1; begin < file.length; begin = end++) {
    while (end < file.length && file[end] === file[begin]) end++
    runs.push([begin, end])
  }
  return runs
}

async function hashRun(
  table: SampleTable,
  [begin, end]: [number, number],
  hashes: string[],
  cache: HashCache,
  pace: Pace,
): Promise<void> {
  const file = table.files[table.file[begin]!] as string
  try {
    const handle = await open(file, 'r')
    try {
      const { size, mtimeMs } = await handle.stat()
      for (let row = begin; row < end; row++) {
        const [offset, length] = [table.offset[row]!, table.length[row]!]
        const key = `${size} ${mtimeMs} ${offset} ${length} ${path.resolve(file)}`
        hashes[row] = cache.get(key) ?? cache.put(key, await hashRange(handle, offset, length))
        if (pace.due()) await pace.rest()
      }
    } finally {
      await handle.close()
    }
  } catch (error) {
    pace.signal?.throwIfAborted()
    const message = `Cannot read ${JSON.stringify(file)} to compare pictures: ${(error as Error).message}.`
    throw new IjepaError('ERR_FILE', message, { file }, { cause: error })
  }
}

async function hashRange(handle: FileHandle, offset: number, length: number): Promise<string> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(Math.min(piece, length))
  for (let done = 0; done < length;) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(piece, length - done), offset + done)
    if (bytesRead === 0) throw new Error('it has become shorter since it was listed')
    hash.update(buffer.subarray(0, bytesRead))
    done += bytesRead
  }
  return hash.digest('hex').slice(0, 32)
}

/** A text file of lines "<hash> <size> <time> <offset> <length> <path>"; a line that does not look so is left out. */
class HashCache {
  private readonly known = new Map<string, string>()
  private grown = false

  private constructor(private readonly file: string | undefined) {}

  static async open(directory: string | undefined, pace: Pace): Promise<HashCache> {
    const cache = new HashCache(directory && path.join(directory, 'content-hashes.txt'))
    if (!cache.file) return cache
    const text = await readFile(cache.file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return ''
      throw error
    })
    for (let begin = 0, end = 0; begin < text.length; begin = end + 1) {
      end = text.indexOf('\n', begin)
      if (end < 0) break // an unfinished line
      if (/^[0-9a-f]{32} $/.test(text.slice(begin, begin + 33))) {
        cache.known.set(text.slice(begin + 33, end), text.slice(begin, begin + 32))
      }
      if (pace.due()) await pace.rest()
    }
    return cache
  }

  get(key: string): string | undefined {
    return this.known.get(key)
  }

  put(key: string, hash: string): string {
    if (this.file && !key.includes('\n')) {
      this.known.set(key, hash)
      this.grown = true
    }
    return hash
  }

  /** Writes to a temporary name and renames, so that a reader never sees half a file. */
  async save(pace: Pace): Promise<void> {
    if (!this.file || !this.grown) return
    await mkdir(path.dirname(this.file), { recursive: true })
    const temporary = `${this.file}.${randomUUID()}`
    try {
      const handle = await open(temporary, 'wx')
      try {
        await this.writeTo(handle, pace)
      } finally {
        await handle.close()
      }
      await rename(temporary, this.file)
    } finally {
      await rm(temporary, { force: true })
    }
  }

  private async writeTo(handle: FileHandle, pace: Pace): Promise<void> {
    const lines: string[] = []
    for (const [key, hash] of this.known) {
      lines.push(`${hash} ${key}\n`)
      if (lines.length === 4096) await handle.write(lines.splice(0).join(''))
      if (pace.due()) await pace.rest()
    }
    await handle.write(lines.join(''))
  }
}
