/**
 * Reads a tar's headers as byte ranges of its members: ustar, old v7, GNU long names and base-256 sizes, pax.
 * Formats: POSIX.1-2017 pax(1); GNU tar manual, "Basic Tar Format". Names are only names: nothing is ever extracted.
 */
import { open, type FileHandle } from 'node:fs/promises'
import { IjepaError } from '../errors'
import type { Pace } from './pace'

const block = 512
/** Long names and pax headers larger than this are no honest archive's. */
const largestMeta = 1 << 20

export interface TarEntry {
  name: string
  type: 'file' | 'folder' | 'hard-link' | 'symbolic-link' | 'other'
  /** Of the content, in the tar. */
  offset: number
  size: number
  linkName: string
  /** The content's first bytes, up to 512. */
  head: Uint8Array
}

export function isTarHeader(header: Uint8Array): boolean {
  return header.length >= block && checksumHolds(header)
}

/**
 * The members of a tar in order, each size checked against the file's. ERR_DATASET names the tar and the fault.
 * `onNoEnd`: called when the mark of the end is missing, as after a truncation between two members.
 */
export async function* tarEntries(file: string, pace: Pace, onNoEnd: () => void): AsyncGenerator<TarEntry> {
  const handle = await open(file, 'r')
  try {
    const { size } = await handle.stat()
    yield* membersOf(new Tar(file, handle, size, pace), onNoEnd)
  } finally {
    await handle.close()
  }
}

async function* membersOf(tar: Tar, onNoEnd: () => void): AsyncGenerator<TarEntry> {
  let position = 0
  let pending: Meta = {}
  const everywhere: Meta = {}
  while (position + block <= tar.size) {
    const header = await tar.read(position, block)
    if (header.every((byte) => byte === 0)) return
    if (!checksumHolds(header))
      throw tar.fault(position, 'the checksum of a header is wrong: the file is damaged')
    const type = String.fromCharCode(header[156]!)
    const meta = { ...everywhere, ...pending }
    const size = isMeta(type)
      ? sizeField(header, tar, position)
      : (meta.size ?? sizeField(header, tar, position))
    const offset = position + block
    if (offset + size > tar.size) {
      const claim = `a member claims ${size} bytes where ${tar.size - offset} are left`
      throw tar.fault(position, `${claim}: the file is truncated or damaged. Copy or download it again`)
    }
    if (isMeta(type)) await readMeta(tar, type, offset, size, type === 'g' ? everywhere : pending)
    else {
      yield await entry(tar, header, type, meta, offset, size)
      pending = {}
    }
    position = offset + Math.ceil((holdsContent(type) ? size : 0) / block) * block
    await tar.rest()
  }
  if (tar.size % block !== 0) throw tar.fault(position, 'the file ends within a header: it is truncated')
  onNoEnd()
}

async function entry(
  tar: Tar,
  header: Buffer,
  type: string,
  meta: Meta,
  offset: number,
  size: number,
): Promise<TarEntry> {
  const name = meta.path ?? nameField(header)
  if (type === 'S' || meta.sparse) {
    throw tar.fault(
      offset - block,
      `${JSON.stringify(name)} is stored sparse, which is not read. Pack it again without --sparse`,
    )
  }
  return {
    name,
    type: kindOf(type, name),
    offset,
    size,
    linkName: meta.linkpath ?? text(header, 157, 100),
    head: size > 0 && holdsContent(type) ? await tar.read(offset, Math.min(size, block)) : new Uint8Array(),
  }
}

function kindOf(type: string, name: string): TarEntry['type'] {
  if (type === '5') return 'folder'
  if (type === '1') return 'hard-link'
  if (type === '2') return 'symbolic-link'
  if (type === '0' || type === '\0' || type === '7') return name.endsWith('/') ? 'folder' : 'file'
  return 'other'
}

/** Links, devices, folders and pipes have no content, whatever their size field says. */
function holdsContent(type: string): boolean {
  return !'123456'.includes(type)
}

// -- headers that describe the next member: GNU long names (L, K), pax (x), pax for all that follow (g)

interface Meta {
  path?: string
  linkpath?: string
  size?: number
  sparse?: boolean
}

function isMeta(type: string): boolean {
  return 'LKxg'.includes(type)
}

async function readMeta(tar: Tar, type: string, offset: number, size: number, into: Meta): Promise<void> {
  if (size > largestMeta) throw tar.fault(offset - block, `a header of ${size} bytes is no honest archive's`)
  const content = Buffer.from(await tar.read(offset, size))
  if (type === 'L') into.path = text(content, 0, size)
  else if (type === 'K') into.linkpath = text(content, 0, size)
  else readPax(tar, content, offset, into)
}

/** Records are "<length> <key>=<value>\n", the length counting the whole record in bytes. */
function readPax(tar: Tar, content: Buffer, offset: number, into: Meta): void {
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(0x20, at)
    const length = space < 0 ? NaN : Number(content.toString('latin1', at, space))
    const equals = content.indexOf(0x3d, at)
    if (!(length > 0 && at + length <= content.length && equals > space && equals < at + length)) {
      throw tar.fault(offset - block, 'a pax header is damaged')
    }
    const key = content.toString('utf8', space + 1, equals)
    const value = content.toString('utf8', equals + 1, at + length - 1)
    if (key === 'path') into.path = value
    else if (key === 'linkpath') into.linkpath = value
    else if (key === 'size') into.size = checkedSize(Number(value), tar, offset - block)
    else if (key.startsWith('GNU.sparse.')) into.sparse = true
    at += length
  }
}

// -- fields of a header

function nameField(header: Buffer): string {
  const prefix = text(header, 257, 6) === 'ustar' ? text(header, 345, 155) : '' // GNU's magic is 'ustar ' and has no prefix
  const name = text(header, 0, 100)
  return prefix === '' ? name : `${prefix}/${name}`
}

function text(from: Buffer, offset: number, length: number): string {
  const field = from.subarray(offset, offset + length)
  const end = field.indexOf(0)
  return field.toString('utf8', 0, end < 0 ? field.length : end)
}

/** Octal digits, or GNU's base 256 where the first bit is set (the second bit: negative). */
function sizeField(header: Buffer, tar: Tar, position: number): number {
  const field = header.subarray(124, 136)
  if ((field[0]! & 0x80) === 0) {
    const digits = text(header, 124, 12).trim()
    return checkedSize(/^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : NaN, tar, position)
  }
  if (field[0] !== 0x80) return checkedSize(-1, tar, position)
  return checkedSize(Number(field.readBigUInt64BE(4)), tar, position)
}

function checkedSize(size: number, tar: Tar, position: number): number {
  if (Number.isSafeInteger(size) && size >= 0) return size
  throw tar.fault(position, `a member's size is not a number of bytes: the file is damaged`)
}

/** The sum of the header's bytes with its own field as spaces; old writers summed signed bytes. */
function checksumHolds(header: Uint8Array): boolean {
  let unsigned = 0
  let signed = 0
  for (let i = 0; i < block; i++) {
    const byte = i >= 148 && i < 156 ? 0x20 : header[i]!
    unsigned += byte
    signed += byte < 128 ? byte : byte - 256
  }
  const stored = Number.parseInt(
    Buffer.from(header.subarray(148, 156)).toString('latin1').replace(/\0/g, ' '),
    8,
  )
  return stored === unsigned || stored === signed
}

/** Reads of a tar through a window: wide where members are small, so that many headers come in one read. */
class Tar {
  private window = Buffer.alloc(0)
  private windowStart = 0

  constructor(
    readonly file: string,
    private readonly handle: FileHandle,
    readonly size: number,
    private readonly pace: Pace,
  ) {}

  /** Bytes [offset, offset + length), which lie within the file; valid until the next read. */
  async read(offset: number, length: number): Promise<Buffer> {
    const inWindow = offset >= this.windowStart && offset + length <= this.windowStart + this.window.length
    if (!inWindow) {
      const far = offset > this.windowStart + this.window.length + (1 << 15)
      const wanted = Math.min(Math.max(length, far ? 4 * block : 1 << 18), this.size - offset)
      const buffer = Buffer.allocUnsafe(wanted)
      const { bytesRead } = await this.handle.read(buffer, 0, wanted, offset)
      if (bytesRead < length)
        throw this.fault(offset, 'the file ended while it was read: it is being changed')
      this.window = buffer.subarray(0, bytesRead)
      this.windowStart = offset
    }
    return this.window.subarray(offset - this.windowStart, offset - this.windowStart + length)
  }

  async rest(): Promise<void> {
    if (this.pace.due()) await this.pace.rest()
  }

  fault(position: number, what: string): IjepaError {
    return new IjepaError(
      'ERR_DATASET',
      `The tar ${JSON.stringify(this.file)} at byte ${position}: ${what}.`,
      {
        file: this.file,
      },
    )
  }
}
