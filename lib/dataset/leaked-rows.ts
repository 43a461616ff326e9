/** Pictures of a split that were trained on as well: an accuracy that counts them is partly one of remembering. */
import * as path from 'node:path'
import { hashContents } from './content-hash'
import { Pace } from './pace'
import { subsetInSlices, type Split } from './split'

export interface Leaks {
  /** Rows of the split, in order. */
  readonly rows: Int32Array
  /** 'path': those that are the same file alone, since too many would have to be read. */
  readonly comparedBy: 'content' | 'path'
}

export interface LeakOptions {
  readonly signal?: AbortSignal
  /** Of both sides together, that are as long as one of the other: more are not read. @default 250,000 */
  readonly mostPictures?: number
}

/** Bytes at a picture's end, which nearly always tell it from others of its length. */
const tail = 4096

/**
 * Rows of the split whose bytes are those of a picture of train, whatever the two are called and labelled. Only pictures as long as
 * one of the other side are read: their ends, then the whole of those that end alike.
 * @throws ERR_FILE: a file cannot be read
 */
export async function leakedRows(
  split: Split,
  train: Split,
  { signal, mostPictures = 250_000 }: LeakOptions = {},
): Promise<Leaks> {
  const pace = new Pace(signal)
  let own = await rowsOfLengths(split, train, pace)
  let trained = await rowsOfLengths(train, split, pace)
  if (own.length + trained.length > mostPictures) {
    return { rows: await samePaths(split, train, pace), comparedBy: 'path' }
  }
  for (const bytes of [tail, Infinity]) {
    const hashes = await hashesOfEnds(split, own, bytes, pace)
    const others = await hashesOfEnds(train, trained, bytes, pace)
    own = keep(own, hashes, others)
    trained = keep(trained, others, hashes)
  }
  return { rows: own, comparedBy: 'content' }
}

/** Rows that are as long as some row of `other`. */
async function rowsOfLengths(split: Split, other: Split, pace: Pace): Promise<Int32Array> {
  const lengths = new Set<number>()
  for (const length of other.table.length) {
    lengths.add(length)
    if (pace.due()) await pace.rest()
  }
  return rowsWhere(split, pace, (row) => lengths.has(split.table.length[row]!))
}

async function samePaths(split: Split, train: Split, pace: Pace): Promise<Int32Array> {
  const known = new Set<string>()
  for (const name of train.names) {
    known.add(path.resolve(name))
    if (pace.due()) await pace.rest()
  }
  return rowsWhere(split, pace, (row) => known.has(path.resolve(split.names[row]!)))
}

async function rowsWhere(
  { labels }: Split,
  pace: Pace,
  isWanted: (row: number) => boolean,
): Promise<Int32Array> {
  const rows: number[] = []
  for (let row = 0; row < labels.length; row++) {
    if (isWanted(row)) rows.push(row)
    if (pace.due()) await pace.rest()
  }
  return Int32Array.from(rows)
}

/** Of at most so many bytes at the end of each picture. */
async function hashesOfEnds(split: Split, rows: Int32Array, bytes: number, pace: Pace): Promise<string[]> {
  const { table } = await subsetInSlices(split, rows, pace)
  const left = table.length.map((length) => Math.max(0, length - bytes))
  const offset = table.offset.map((begin, row) => begin + left[row]!)
  const length = table.length.map((whole, row) => whole - left[row]!)
  const hashes = await hashContents({ ...table, offset, length }, pace)
  return hashes.map((hash, row) => `${hash} ${table.length[row]}`)
}

function keep(rows: Int32Array, hashes: readonly string[], others: readonly string[]): Int32Array {
  const known = new Set(others)
  return rows.filter((_, place) => known.has(hashes[place]!))
}
