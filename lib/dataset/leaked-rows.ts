/** Pictures that leaked from train into another split: an accuracy that counts them is partly of pictures that were trained on. */
import type { SampleTable } from '../../binding.gyp'
import { hashContents } from './content-hash'
import { Pace } from './pace'
import { positionsWhere, subsetInSlices, type Split } from './split'

export interface LeakOptions {
  /** More are not read for it. */
  readonly mostBytes: number
  readonly signal?: AbortSignal
}

/**
 * Rows of the split whose bytes are those of a picture of train, whatever the two are called and labelled. Only pictures of equal
 * length are read; undefined where even these have more than `mostBytes`.
 * @throws ERR_FILE: a file cannot be read
 */
export async function leakedRows(
  split: Split,
  train: Split,
  { mostBytes, signal }: LeakOptions,
): Promise<Int32Array | undefined> {
  const pace = new Pace(signal)
  const own = rowsOfLengths(split.table, train.table)
  const trained = rowsOfLengths(train.table, split.table)
  if (bytesOf(split.table, own) + bytesOf(train.table, trained) > mostBytes) return undefined
  const hashesOf = async (one: Split, rows: Int32Array) =>
    hashContents((await subsetInSlices(one, rows, pace)).table, pace)
  const known = new Set(await hashesOf(train, trained))
  const hashes = await hashesOf(split, own)
  return own.filter((_, place) => known.has(hashes[place]!))
}

/** Rows of `table` that are as long as some row of `other`. */
function rowsOfLengths(table: SampleTable, other: SampleTable): Int32Array {
  const lengths = new Set(other.length)
  return positionsWhere(table.length.length, (row) => lengths.has(table.length[row]!))
}

function bytesOf({ length }: SampleTable, rows: Int32Array): number {
  return rows.reduce((sum, row) => sum + length[row]!, 0)
}
