/** Decides what a source is, by its form and its first bytes, and has it read. */
import { open, stat } from 'node:fs/promises'
import type { DataOptions, Sample, Source } from '../api'
import { IjepaError } from '../errors'
import { listArchives } from './archive'
import { cifarParts, isCifarSize, isPickle, listCifar, pickled, type CifarPart } from './cifar'
import { listFolder } from './folder'
import { isIdx, listIdx } from './idx'
import { sniff } from './image-format'
import { listLabelled, type LabelledImages } from './label-file'
import { Listing } from './listing'
import { listManifest, listSamples } from './manifest'
import type { Pace } from './pace'
import { isTarHeader } from './tar'

type Kind = 'folder' | 'tar' | 'manifest' | 'cifar' | 'idx-images' | 'idx-labels'

export interface SourceReading {
  /** Names that are classes for sure. */
  readonly known?: ReadonlySet<string>
  readonly labels?: DataOptions['labels']
}

/** Reads a source. `option`: its name for messages. */
export async function readSource(
  source: Source,
  option: string,
  reading: SourceReading,
  pace: Pace,
): Promise<Listing> {
  const listing = new Listing()
  if (typeof source === 'string') await readPaths(listing, [source], option, reading, pace)
  else if (isPaths(source)) await readPaths(listing, source, option, reading, pace)
  else if (reading.labels !== undefined) throw noCifar(option)
  else if (isSamples(source)) await listSamples(listing, option, source, pace)
  else if (isLabelled(source)) await readLabelled(listing, source, option, pace)
  else throw notASource(source, option)
  return listing
}

function isPaths(source: unknown): source is readonly string[] {
  return Array.isArray(source) && source.length > 0 && source.every((item) => typeof item === 'string')
}

function isSamples(source: unknown): source is readonly Sample[] {
  return (
    Array.isArray(source) &&
    source.length > 0 &&
    source.every((item) => typeof item === 'object' && item !== null)
  )
}

function isLabelled(source: unknown): source is LabelledImages {
  if (typeof source !== 'object' || source === null || Array.isArray(source)) return false
  const { images, labels, synsets, labelColumn, splits } = source as Record<string, unknown>
  const isGiven = [images, labels].every((value) => typeof value === 'string')
  return (
    isGiven && [synsets, labelColumn, splits].every((value) => ['undefined', 'string'].includes(typeof value))
  )
}

function notASource(source: unknown, option: string): IjepaError {
  const found =
    Array.isArray(source) && source.length === 0
      ? 'an empty list'
      : String(JSON.stringify(source)).slice(0, 80)
  return new IjepaError(
    'ERR_DATASET',
    `${option}: expected a path (folder, .tar, .csv, .jsonl), a list of paths, a list of { image, label }, or { images, labels }, found ${found}.`,
  )
}

async function readPaths(
  listing: Listing,
  paths: readonly string[],
  option: string,
  reading: SourceReading,
  pace: Pace,
): Promise<void> {
  const { known, labels } = reading
  const kinds = await Promise.all(paths.map((file) => kindOfPath(file, option)))
  const cifar = await Promise.all(paths.map((file, i) => cifarOf(file, kinds[i]!)))
  if (labels !== undefined && !cifar.every((parts) => parts.length > 0)) throw noCifar(option)
  if (paths.length === 2 && kinds[0] === 'idx-images' && kinds[1] === 'idx-labels') {
    return listIdx(listing, paths[0]!, paths[1]!, pace)
  }
  const tars = paths.filter((_, i) => kinds[i] === 'tar')
  for (const [i, file] of paths.entries()) {
    const where = `${option} ${JSON.stringify(file)}`
    for (const part of cifar[i]!) await listCifar(listing, part.file, { ...reading, ...part }, pace)
    if (cifar[i]!.length > 0) continue
    if (kinds[i] === 'folder') await listFolder(listing, where, file, known, pace)
    else if (kinds[i] === 'manifest') await listManifest(listing, where, file, pace)
    else if (kinds[i] !== 'tar') throw halfAnIdxPair(where, option)
  }
  if (tars.length > 0) await listArchives(listing, option, tars, known, pace)
}

/** CIFAR's files that it is, or that a folder holds; none of other data. */
async function cifarOf(file: string, kind: Kind): Promise<readonly CifarPart[]> {
  if (kind === 'cifar') return [{ file }]
  return kind === 'folder' ? cifarParts(file) : []
}

async function readLabelled(
  listing: Listing,
  source: LabelledImages,
  option: string,
  pace: Pace,
): Promise<void> {
  const kind = await kindOfPath(source.images, `${option}.images`)
  if (kind === 'folder' || kind === 'tar') {
    await statOf(source.labels, `${option}.labels`)
    if (source.synsets !== undefined) await statOf(source.synsets, `${option}.synsets`)
    if (source.splits !== undefined) await statOf(source.splits, `${option}.splits`)
    return listLabelled(listing, option, source, kind === 'folder', pace)
  }
  if (kind === 'idx-images') {
    await kindOfPath(source.labels, `${option}.labels`)
    return listIdx(listing, source.images, source.labels, pace)
  }
  throw new IjepaError(
    'ERR_DATASET',
    `${option}.images: expected a folder, a tar or an IDX file of pictures, found ${JSON.stringify(source.images)}.`,
  )
}

async function statOf(file: string, option: string): ReturnType<typeof stat> {
  try {
    return await stat(file)
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    const what = missing ? 'there is nothing at' : `${(error as Error).message}:`
    throw new IjepaError(
      'ERR_FILE',
      `${option}: ${what} ${JSON.stringify(file)} (working directory ${process.cwd()}). Check the path.`,
      { file },
      { cause: error },
    )
  }
}

async function kindOfPath(file: string, option: string): Promise<Kind> {
  const stats = await statOf(file, option)
  if (stats.isDirectory()) return 'folder'
  if (!stats.isFile()) throw unknownFile(file, option, 'no folder and no regular file')
  const head = await headOf(file, option)
  if (isTarHeader(head) || (head.length === 512 && head.every((byte) => byte === 0))) return 'tar'
  if (isIdx(head, [3, 4])) return 'idx-images'
  if (isIdx(head, [1])) return 'idx-labels'
  refuseByMagic(head, file, option)
  if (/\.(?:csv|jsonl|ndjson)$/i.test(file)) return 'manifest'
  if (/\.bin$/i.test(file) && isCifarSize(Number(stats.size))) return 'cifar'
  throw unknownFile(file, option, stats.size === 0 ? 'an empty file' : 'none of these')
}

async function headOf(file: string, option: string): Promise<Buffer> {
  try {
    const handle = await open(file, 'r')
    try {
      const head = Buffer.alloc(512)
      const { bytesRead } = await handle.read(head, 0, head.length, 0)
      return head.subarray(0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch (error) {
    const message = `${option}: cannot read ${JSON.stringify(file)}: ${(error as Error).message}.`
    throw new IjepaError('ERR_FILE', message, { file }, { cause: error })
  }
}

const compressed: readonly (readonly [RegExp, string, string])[] = [
  [/^\x1f\x8b/, 'gzip', 'gunzip'],
  [/^BZh/, 'bzip2', 'bunzip2'],
  [/^\xfd7zXZ/, 'xz', 'unxz'],
  [/^\x28\xb5\x2f\xfd/, 'Zstandard', 'unzstd'],
  [/^PK\x03\x04/, 'zip', 'unzip'],
  [/^7z\xbc\xaf/, '7-Zip', '7z x'],
]

function refuseByMagic(head: Buffer, file: string, option: string): void {
  if (isPickle(head)) throw pickled(file)
  const text = head.toString('latin1')
  if (text.startsWith('PAR1')) {
    throw new IjepaError(
      'ERR_UNSUPPORTED',
      `${option}: Parquet (${JSON.stringify(file)}) is not supported by this version: give a folder, a tar, or a .csv or .jsonl manifest.`,
      { file, option },
    )
  }
  const packed = compressed.find(([magic]) => magic.test(text))
  if (packed) {
    throw new IjepaError(
      'ERR_DATASET',
      `${option}: ${JSON.stringify(file)} is compressed (${packed[1]}): pictures are read in place, so unpack it first (${packed[2]}).`,
      { file },
    )
  }
  if (sniff(head).kind === 'picture') throw unknownFile(file, option, 'one picture')
}

function unknownFile(file: string, option: string, found: string): IjepaError {
  return new IjepaError(
    'ERR_DATASET',
    `${option}: expected a folder of class folders, a .tar, a .csv or .jsonl manifest, an IDX pair or CIFAR .bin files at ${JSON.stringify(file)}, found ${found}.`,
    { file },
  )
}

const noCifar = (option: string): IjepaError =>
  new IjepaError(
    'ERR_DATASET',
    `data.labels says which labels of CIFAR-100's binaries are meant, and ${option} is none: leave data.labels out.`,
  )

function halfAnIdxPair(where: string, option: string): IjepaError {
  return new IjepaError(
    'ERR_DATASET',
    `${where} is one half of an IDX pair: give both, as ${option}: { images: '…-images-idx3-ubyte', labels: '…-labels-idx1-ubyte' }.`,
  )
}
