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

type NumberArray = Int32Array | Float64Array | Uint8Array

/** A typed array that grows by doubling, so that a million samples cost no object each. */
export class Column<T extends NumberArray> {
  length = 0

  constructor(
    private readonly create: (length: number) => T,
    private array: T = create(1024),
  ) {}

  push(value: number): void {
    if (this.length === this.array.length) {
      const larger = this.create(2 * this.length)
      larger.set(this.array)
      this.array = larger
    }
    this.array[this.length++] = value
  }

  /** A view of what is there. */
  values(): T {
    return this.array.subarray(0, this.length) as T
  }
}

export const int32Column = (): Column<Int32Array> => new Column((length) => new Int32Array(length))
const float64Column = (): Column<Float64Array> => new Column((length) => new Float64Array(length))
const uint8Column = (): Column<Uint8Array> => new Column((length) => new Uint8Array(length))

/** A sample table that grows row by row. */
export class SampleColumns {
  readonly files: (string | Uint8Array)[] = []
  private readonly file = int32Column()
  private readonly offset = float64Column()
  private readonly length = float64Column()
  private readonly format = uint8Column()
  private readonly width = int32Column()
  private readonly height = int32Column()
  private readonly channels = uint8Column()

  /** Returns the file's index for `push`. */
  addFile(file: string | Uint8Array): number {
    return this.files.push(file) - 1
  }

  push(bytes: SampleBytes): void {
    this.file.push(bytes.file)
    this.offset.push(bytes.offset)
    this.length.push(bytes.length)
    this.format.push(bytes.format ?? encoded)
    this.width.push(bytes.width ?? 0)
    this.height.push(bytes.height ?? 0)
    this.channels.push(bytes.channels ?? 0)
  }

  /** All rows as a table of views; labels are -1. */
  table(): SampleTable {
    return {
      files: this.files,
      file: this.file.values(),
      offset: this.offset.values(),
      length: this.length.values(),
      format: this.format.values(),
      width: this.width.values(),
      height: this.height.values(),
      channels: this.channels.values(),
      label: new Int32Array(this.file.length).fill(-1),
    }
  }
}

/** Copies rows of a table into one of their own, whose `files` holds only what they use. */
export class RowCopy {
  readonly table: SampleTable
  private readonly newFile: Int32Array

  constructor(
    private readonly from: SampleTable,
    private readonly positions: ArrayLike<number>,
  ) {
    const rows = positions.length
    this.newFile = new Int32Array(from.files.length).fill(-1)
    this.table = {
      files: [],
      file: new Int32Array(rows),
      offset: new Float64Array(rows),
      length: new Float64Array(rows),
      format: new Uint8Array(rows),
      width: new Int32Array(rows),
      height: new Int32Array(rows),
      channels: new Uint8Array(rows),
      label: new Int32Array(rows),
    }
  }

  /** Rows [begin, end) of the copy. */
  copy(begin: number, end: number): void {
    const { from, table, positions, newFile } = this
    for (let row = begin; row < end; row++) {
      const old = from.file[positions[row]!]!
      if (newFile[old] === -1) newFile[old] = table.files.push(from.files[old]!) - 1
      table.file[row] = newFile[old]!
    }
    for (const column of ['offset', 'length', 'format', 'width', 'height', 'channels', 'label'] as const) {
      const values = from[column]
      const copied = table[column]
      for (let row = begin; row < end; row++) copied[row] = values[positions[row]!]!
    }
  }
}
