/** Bounded reads from a file that may be damaged or hostile: nothing is allocated before its size is checked. */
import { open, type FileHandle } from 'node:fs/promises'
import { IjepaError } from '../errors'

/** Largest pickle, zip directory or safetensors header that is read into memory; real ones stay below 1 MiB. */
export const maxHeaderBytes = 64 * 1024 * 1024

/** A file that is not what it says it is. */
export function formatError(file: string, problem: string, cause?: unknown): IjepaError {
  return new IjepaError('ERR_CHECKPOINT_FORMAT', `${file}: ${problem}`, { file }, { cause })
}

/** An open file of known size. */
export class CheckpointFile {
  private constructor(
    readonly path: string,
    readonly size: number,
    private readonly handle: FileHandle,
  ) {}

  /** Opens `path` for the time of `use`. ERR_FILE when it is missing, unreadable, or no regular file. */
  static async with<T>(path: string, use: (file: CheckpointFile) => Promise<T>): Promise<T> {
    const handle = await open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
      throw new IjepaError('ERR_FILE', `${path} cannot be opened: ${cause.code}`, { file: path }, { cause })
    })
    try {
      const stat = await handle.stat()
      if (!stat.isFile()) throw new IjepaError('ERR_FILE', `${path} is not a regular file`, { file: path })
      return await use(new CheckpointFile(path, stat.size, handle))
    } finally {
      await handle.close()
    }
  }

  /** Exactly `length` bytes at `offset`. `what` names them in the error when the file ends before. */
  async read(offset: number, length: number, what: string): Promise<Buffer> {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.size))
      throw formatError(
        this.path,
        `${what} should be ${length} bytes at ${offset}, but the file has ${this.size}: is it whole? Copy or download it again`,
      )
    const bytes = Buffer.allocUnsafe(length)
    for (let done = 0; done < length;) {
      const { bytesRead } = await this.handle.read(bytes, done, length - done, offset + done)
      if (bytesRead === 0) throw formatError(this.path, `the file became shorter while ${what} was read`)
      done += bytesRead
    }
    return bytes
  }

  /** Like `read`, for what has to fit in memory as a whole. */
  async readHeader(offset: number, length: number, what: string): Promise<Buffer> {
    if (length > maxHeaderBytes)
      throw formatError(
        this.path,
        `${what} says it is ${length} bytes long; at most ${maxHeaderBytes} are read`,
      )
    return this.read(offset, length, what)
  }
}
