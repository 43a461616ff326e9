/** Sample tables in columns: growing them row by row, and taking rows out of them. */
import type { SampleTable } from '../../binding.gyp'

/** Values of `SampleTable.format`. */
export const encoded = 0
export const rawHwc = 1
export const rawChw = 2

/** Where one sample's bytes lie; width, height and channels for raw pixels only. */
export interface SampleBytes {
  file: number
  offset: number
  length: number
  format?: typeof encoded | typeof rawHwc | typeof rawChw
  width?: number
  height?: number
  channels?: number
}

/** A sample table that grows; plain arrays of numbers until `table()` freezes them into typed columns. */
export class SampleColumns {
  readonly files: (string | Uint8Array)[] = []
  private readonly columns = {
    file: [] as number[],
    offset: [] as number[],
    length: [] as number[],
    format: [] as number[],
    width: [] as number[],
    height: [] as number[],
    channels: [] as number[],
  }

  get rows(): number {
    return this.columns.file.length
  }

  /** Returns the file's index for `push`. */
  addFile(file: string | Uint8Array): number {
    return this.files.push(file) - 1
  }

  push(bytes: SampleBytes): void {
    const { columns } = this
    columns.file.push(bytes.file)
    columns.offset.push(bytes.offset)
    columns.length.push(bytes.length)
    columns.format.push(bytes.format ?? encoded)
    columns.width.push(bytes.width ?? 0)
    columns.height.push(bytes.height ?? 0)
    columns.channels.push(bytes.channels ?? 0)
  }

  /** All rows as a table; labels are -1. */
  table(): SampleTable {
    const { columns } = this
    return {
      files: this.files,
      file: new Int32Array(columns.file),
      offset: new Float64Array(columns.offset),
      length: new Float64Array(columns.length),
      format: new Uint8Array(columns.format),
      width: new Int32Array(columns.width),
      height: new Int32Array(columns.height),
      channels: new Uint8Array(columns.channels),
      label: new Int32Array(this.rows).fill(-1),
    }
  }
}

/** The rows at `positions`, in that order; `files` holds only what they use. */
export function takeRows(table: SampleTable, positions: ArrayLike<number>): SampleTable {
  const newFile = new Int32Array(table.files.length).fill(-1)
  const files: (string | Uint8Array)[] = []
  const file = new Int32Array(positions.length)
  for (let row = 0; row < positions.length; row++) {
    const old = table.file[positions[row]!]!
    if (newFile[old] === -1) newFile[old] = files.push(table.files[old]!) - 1
    file[row] = newFile[old]!
  }
  return {
    files,
    file,
    offset: take(table.offset, positions, new Float64Array(positions.length)),
    length: take(table.length, positions, new Float64Array(positions.length)),
    format: take(table.format, positions, new Uint8Array(positions.length)),
    width: take(table.width, positions, new Int32Array(positions.length)),
    height: take(table.height, positions, new Int32Array(positions.length)),
    channels: take(table.channels, positions, new Uint8Array(positions.length)),
    label: take(table.label, positions, new Int32Array(positions.length)),
  }
}

function take<T extends Int32Array | Float64Array | Uint8Array>(
  from: T,
  positions: ArrayLike<number>,
  into: T,
): T {
  for (let row = 0; row < positions.length; row++) into[row] = from[positions[row]!]!
  return into
}
