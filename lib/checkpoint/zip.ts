/** Zip directories, as torch.save writes them: stored entries, zip64 for files of more than 4 GB. */
import { formatError, type CheckpointFile } from './checkpoint-file'
import { shown } from './shown'

/** An entry of the central directory, not yet checked against the entry's own header. */
export interface ZipEntry {
  readonly name: string
  /** Position of the entry's own header. */
  readonly header: number
  readonly size: number
  readonly storedSize: number
  readonly method: number
  readonly encrypted: boolean
}

export interface ZipDirectory {
  readonly entries: ReadonlyMap<string, ZipEntry>
  /** Where the central directory begins: no entry reaches beyond it. */
  readonly start: number
}

/** A ViT-g checkpoint with its optimizer has about 2,500 entries. */
const maxEntries = 100_000
const endRecordBytes = 22
const maxCommentBytes = 0xffff
const signature = {
  entry: 0x04034b50,
  directory: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
}

/** Reads the central directory (APPNOTE 6.3.10, 4.3.12 to 4.3.16). */
export async function readZipDirectory(file: CheckpointFile): Promise<ZipDirectory> {
  const { count, size, start } = await readEndRecord(file)
  if (count > maxEntries || count * 46 > size)
    throw formatError(
      file.path,
      `the zip directory of ${size} bytes says it has ${count} entries (at most ${maxEntries})`,
    )
  const bytes = await file.readHeader(start, size, 'the zip directory')
  const entries = new Map<string, ZipEntry>()
  for (let at = 0, i = 0; i < count; i++) {
    const { entry, next } = parseEntry(file, bytes, at)
    if (entries.has(entry.name))
      throw formatError(file.path, `the zip directory has ${shown(entry.name)} twice`)
    entries.set(entry.name, entry)
    at = next
  }
  return { entries, start }
}

/** The bytes of a stored entry in the file, checked against its own header. */
export async function entryRange(
  file: CheckpointFile,
  directory: ZipDirectory,
  entry: ZipEntry,
): Promise<{ offset: number; length: number }> {
  const name = Buffer.from(entry.name)
  const header = await file.read(entry.header, 30 + name.length, `the zip header of ${shown(entry.name)}`)
  const sameName = header.readUInt16LE(26) === name.length && header.subarray(30).equals(name)
  if (header.readUInt32LE(0) !== signature.entry || !sameName)
    throw formatError(file.path, `the zip directory points to no entry ${shown(entry.name)}`)
  if (entry.encrypted || entry.method !== 0 || entry.size !== entry.storedSize)
    throw formatError(
      file.path,
      `${shown(entry.name)} is compressed or encrypted; torch.save stores entries as they are`,
    )
  const offset = entry.header + 30 + name.length + header.readUInt16LE(28)
  if (offset + entry.size > directory.start)
    throw formatError(
      file.path,
      `${shown(entry.name)} says it has ${entry.size} bytes, beyond the end of the entries`,
    )
  return { offset, length: entry.size }
}

async function readEndRecord(file: CheckpointFile) {
  const length = Math.min(file.size, endRecordBytes + maxCommentBytes)
  const tail = await file.read(file.size - length, length, 'the end of the zip file')
  for (let at = length - endRecordBytes; at >= 0; at--) {
    if (
      tail.readUInt32LE(at) !== signature.end ||
      tail.readUInt16LE(at + 20) !== length - at - endRecordBytes
    )
      continue
    const record = file.size - length + at
    const end64 = await readEndRecord64(file, record)
    return (
      end64 ??
      checkedEnd(
        file,
        record,
        tail.readUInt16LE(at + 10),
        tail.readUInt32LE(at + 12),
        tail.readUInt32LE(at + 16),
      )
    )
  }
  throw formatError(file.path, 'the zip directory is missing: the file is cut off. Copy or download it again')
}

async function readEndRecord64(file: CheckpointFile, endRecord: number) {
  if (endRecord < 20) return undefined
  const locator = await file.read(endRecord - 20, 20, 'the zip64 locator')
  if (locator.readUInt32LE(0) !== signature.locator64) return undefined
  const at = wide(file, locator, 8)
  const record = await file.read(at, 56, 'the zip64 end record')
  if (record.readUInt32LE(0) !== signature.end64)
    throw formatError(file.path, 'the zip64 locator points to no end record')
  return checkedEnd(file, at, wide(file, record, 32), wide(file, record, 40), wide(file, record, 48))
}

function checkedEnd(file: CheckpointFile, record: number, count: number, size: number, start: number) {
  if (start + size > record)
    throw formatError(file.path, `the zip directory of ${size} bytes at ${start} overlaps its end record`)
  return { count, size, start }
}

function parseEntry(file: CheckpointFile, bytes: Buffer, at: number): { entry: ZipEntry; next: number } {
  if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== signature.directory)
    throw formatError(file.path, 'the zip directory has fewer entries than it says')
  const nameEnd = at + 46 + bytes.readUInt16LE(at + 28)
  const extraEnd = nameEnd + bytes.readUInt16LE(at + 30)
  const next = extraEnd + bytes.readUInt16LE(at + 32)
  if (next > bytes.length) throw formatError(file.path, 'an entry of the zip directory is cut off')
  const extra = zip64Fields(bytes.subarray(nameEnd, extraEnd))
  // A field of all ones stands in the zip64 extra field, in this order (4.5.3).
  const field = (position: number): number => {
    const value = bytes.readUInt32LE(position)
    return value === 0xffffffff ? (extra.shift() ?? refuseWide(file)) : value
  }
  const size = field(at + 24)
  const storedSize = field(at + 20)
  const header = field(at + 42)
  const entry = {
    name: bytes.toString('utf8', at + 46, nameEnd),
    header,
    size,
    storedSize,
    method: bytes.readUInt16LE(at + 10),
    encrypted: (bytes.readUInt16LE(at + 8) & 1) !== 0,
  }
  return { entry, next }
}

function zip64Fields(extra: Buffer): number[] {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue
    const field = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2))
    return Array.from({ length: Math.floor(field.length / 8) }, (_, i) =>
      Number(field.readBigUInt64LE(8 * i)),
    )
  }
  return []
}

function wide(file: CheckpointFile, bytes: Buffer, at: number): number {
  const value = Number(bytes.readBigUInt64LE(at))
  return Number.isSafeInteger(value) ? value : refuseWide(file)
}

function refuseWide(file: CheckpointFile): never {
  throw formatError(file.path, 'the zip directory has a missing or impossible 64-bit size')
}
