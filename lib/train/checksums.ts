/** A checkpoint folder's own account of its files: their sizes and SHA-256, so that damage is found before it is loaded. */
import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readJson, synchronize, writeJson } from './durable-files'

const checksumsFile = 'checksums.json'

/** The model card is for people and may be written anew, with scores, at any time. */
const unchecked = new Set([checksumsFile, 'README.md'])

/** Read and hashed at a time: about a millisecond of the event loop. */
const pieceBytes = 1 << 20

export interface Checksum {
  readonly bytes: number
  readonly sha256: string
}

export type Checksums = Readonly<Record<string, Checksum>>

/** Writes the checksums of all files in a folder, read back as they are on the disk; with them the folder is whole. */
export async function sealFolder(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => !unchecked.has(name)).sort()
  const checksums: Record<string, Checksum> = {}
  for (const name of names) checksums[name] = await checksumOf(join(folder, name))
  await writeChecksums(folder, checksums)
}

export async function writeChecksums(folder: string, checksums: Checksums): Promise<void> {
  await writeJson(join(folder, checksumsFile), { files: checksums })
  await synchronize(folder)
}

/** @throws ERR_FILE: missing or not JSON */
export async function readChecksums(folder: string): Promise<Checksums> {
  const { files } = (await readJson(join(folder, checksumsFile))) as { files?: Checksums }
  return files ?? {}
}

/** What is wrong with a folder, or undefined. 'sizes' reads no file through. */
export async function findDamage(
  folder: string,
  depth: 'sizes' | 'bytes',
  signal?: AbortSignal,
): Promise<string | undefined> {
  let checksums: Checksums
  try {
    checksums = await readChecksums(folder)
  } catch (error) {
    return `its ${checksumsFile} cannot be read (${(error as Error).message})`
  }
  if (checksums['state.json'] === undefined) return `its ${checksumsFile} does not say what belongs to it`
  for (const [name, expected] of Object.entries(checksums)) {
    const damage = await damageOf(join(folder, name), expected, depth, signal)
    if (damage !== undefined) return `${name} ${damage}`
  }
  return undefined
}

async function damageOf(
  path: string,
  expected: Checksum,
  depth: 'sizes' | 'bytes',
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (!existsSync(path)) return 'is missing'
  try {
    const { size } = await stat(path)
    if (size !== expected.bytes) return `has ${size} bytes, ${expected.bytes} were written`
    if (depth === 'sizes') return undefined
    const { sha256 } = await checksumOf(path, signal)
    return sha256 === expected.sha256 ? undefined : 'has other bytes than were written'
  } catch (error) {
    signal?.throwIfAborted()
    return `cannot be read (${(error as Error).message})`
  }
}

export async function checksumOf(path: string, signal?: AbortSignal): Promise<Checksum> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const piece of createReadStream(path, { highWaterMark: pieceBytes })) {
    signal?.throwIfAborted()
    hash.update(piece as Buffer)
    bytes += (piece as Buffer).length
  }
  return { bytes, sha256: hash.digest('hex') }
}
