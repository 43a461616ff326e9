/** Writes zip files with stored entries, as torch.save does, with room for lies. */

export interface Entry {
  name: string
  bytes: Buffer
  /** What the directory says instead of the truth. */
  claimedSize?: number
  claimedHeader?: number
  method?: number
  /** Sizes and position go to the zip64 extra field. */
  wide?: boolean
}

export interface End {
  claimedCount?: number
  claimedStart?: number
  wide?: boolean
}

export function zip(entries: readonly Entry[], end: End = {}): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let position = 0
  for (const entry of entries) {
    const local = localHeader(entry)
    directory.push(directoryEntry(entry, entry.claimedHeader ?? position))
    parts.push(local, entry.bytes)
    position += local.length + entry.bytes.length
  }
  const central = Buffer.concat(directory)
  const count = end.claimedCount ?? entries.length
  const start = end.claimedStart ?? position
  const tail = end.wide ? wideEnd(count, central.length, start, position + central.length) : Buffer.alloc(0)
  return Buffer.concat([
    ...parts,
    central,
    tail,
    endRecord(end.wide ? [0xffff, 0xffffffff, 0xffffffff] : [count, central.length, start]),
  ])
}

function localHeader({ name, bytes, method = 0 }: Entry): Buffer {
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50)
  header.writeUInt16LE(method, 8)
  header.writeUInt32LE(bytes.length, 18)
  header.writeUInt32LE(bytes.length, 22)
  header.writeUInt16LE(Buffer.byteLength(name), 26)
  return Buffer.concat([header, Buffer.from(name)])
}

function directoryEntry(
  { name, bytes, claimedSize, method = 0, wide = false }: Entry,
  header: number,
): Buffer {
  const entry = Buffer.alloc(46)
  const size = claimedSize ?? bytes.length
  entry.writeUInt32LE(0x02014b50)
  entry.writeUInt16LE(method, 10)
  entry.writeUInt32LE(wide ? 0xffffffff : size, 20)
  entry.writeUInt32LE(wide ? 0xffffffff : size, 24)
  entry.writeUInt16LE(Buffer.byteLength(name), 28)
  entry.writeUInt32LE(wide ? 0xffffffff : header, 42)
  const extra = wide ? Buffer.concat([u16(1), u16(24), u64(size), u64(size), u64(header)]) : Buffer.alloc(0)
  entry.writeUInt16LE(extra.length, 30)
  return Buffer.concat([entry, Buffer.from(name), extra])
}

function wideEnd(count: number, size: number, start: number, at: number): Buffer {
  const record = Buffer.concat([
    u32(0x06064b50),
    u64(44),
    Buffer.alloc(12),
    u64(count),
    u64(count),
    u64(size),
    u64(start),
  ])
  return Buffer.concat([record, u32(0x07064b50), u32(0), u64(at), u32(1)])
}

function endRecord([count = 0, size = 0, start = 0]: readonly number[]): Buffer {
  return Buffer.concat([
    u32(0x06054b50),
    u32(0),
    u16(count & 0xffff),
    u16(count & 0xffff),
    u32(size),
    u32(start),
    u16(0),
  ])
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}
