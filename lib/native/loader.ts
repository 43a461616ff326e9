/** Native loaders and features, and thumbnails; typed arrays are made again here, in this realm, over the addon's memory. */
import type * as binding from '../../binding.gyp'
import { guarded, settled } from './errors'
import { loadAddon } from './load'

export function floats(array: Float32Array): Float32Array {
  return new Float32Array(array.buffer, array.byteOffset, array.length)
}

export function int32s(array: Int32Array): Int32Array {
  return new Int32Array(array.buffer, array.byteOffset, array.length)
}

export function doubles(array: Float64Array): Float64Array {
  return new Float64Array(array.buffer, array.byteOffset, array.length)
}

function bytes(array: Uint8Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.length)
}

/** Threads that decode, augment and batch; see LoaderOptions in binding.gyp.d.ts. */
export class Loader {
  readonly handle: binding.Loader

  constructor(
    table: binding.SampleTable,
    readonly options: binding.LoaderOptions,
  ) {
    this.handle = guarded(() => loadAddon().createLoader(table, options))
  }

  /** Begins an epoch at batch `first`. */
  start(order: Int32Array, epoch: number, first = 0): void {
    guarded(() => {
      this.handle.start(order, epoch, first)
    })
  }

  /** Batches of an epoch over `samples` samples. */
  batches(samples: number): number {
    const { batchSize, dropLast } = this.options
    return dropLast ? Math.floor(samples / batchSize) : Math.ceil(samples / batchSize)
  }

  bad(): binding.BadImage[] {
    return guarded(() => this.handle.bad())
  }

  /** Next batch as pixels, uint8 [B, 3, H, W]; no rows: end of epoch. */
  async read(): Promise<{ pixels: Uint8Array; samples: Int32Array; labels: Int32Array }> {
    const batch = await settled(guarded(() => this.handle.read()))
    return { pixels: bytes(batch.pixels), samples: int32s(batch.samples), labels: int32s(batch.labels) }
  }

  dispose(): void {
    this.handle.dispose()
  }
}

/** Pooled features of many pictures, kept on a session's device. */
export class Features {
  constructor(readonly handle: binding.Features) {}

  get rows(): number {
    return guarded(() => this.handle.rows)
  }

  /** Float32 [rows, layers·D]. */
  async read(): Promise<Float32Array> {
    return floats(await settled(guarded(() => this.handle.read())))
  }

  dispose(): void {
    this.handle.dispose()
  }
}

/** JPEG copies of the samples, longest side at most `size` pixels. */
export async function thumbnails(
  table: binding.SampleTable,
  samples: Int32Array,
  size: number,
): Promise<Uint8Array[]> {
  const pictures = await settled(loadAddon().thumbnails(table, samples, size))
  return pictures.map(bytes)
}
