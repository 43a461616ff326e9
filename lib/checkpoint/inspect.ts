/** Describes a checkpoint: from its headers within a second, or with statistics of every weight. */
import type { ByteRange, DType } from '../../binding.gyp'
import type { CheckpointInfo } from '../api'
import { openCheckpoint } from './checkpoint'
import { CheckpointFile } from './checkpoint-file'

export interface TensorStatistics {
  name: string
  shape: readonly number[]
  /** L2 norm and largest absolute value of the finite values. */
  norm: number
  largest: number
  nan: number
  infinite: number
}

/** Some milliseconds of work between two turns of the event loop. */
const chunkBytes = 256 * 1024

/**
 * Reads headers only; with `deep` also every weight, chunk by chunk, and adds `tensors: TensorStatistics[]`.
 * Answers without the number of heads where nothing says it.
 * @throws what openCheckpoint throws, and `signal.reason`
 */
export async function inspect(
  path: string,
  { deep = false, signal }: { deep?: boolean; signal?: AbortSignal } = {},
): Promise<CheckpointInfo> {
  signal?.throwIfAborted()
  const checkpoint = await openCheckpoint(path)
  if (!deep) return checkpoint.info
  const tensors: TensorStatistics[] = []
  for (const { name, shape, ranges } of [...checkpoint.plan(), ...(checkpoint.classifier?.plan ?? [])])
    tensors.push({ name, shape, ...(await statistics(ranges, signal)) })
  return { ...checkpoint.info, tensors }
}

type Total = Omit<TensorStatistics, 'name' | 'shape' | 'norm'> & { squares: number }

async function statistics(ranges: readonly ByteRange[], signal: AbortSignal | undefined) {
  const total: Total = { squares: 0, largest: 0, nan: 0, infinite: 0 }
  for (const { file: path, offset, length, dtype } of ranges) {
    await CheckpointFile.with(path, async (file) => {
      for (let at = 0; at < length; at += chunkBytes) {
        signal?.throwIfAborted()
        const bytes = await file.read(offset + at, Math.min(chunkBytes, length - at), 'weights')
        add(total, floatValues(bytes, dtype))
      }
    })
  }
  const { squares, ...rest } = total
  return { norm: Math.sqrt(squares), ...rest }
}

function add(total: Total, values: Float32Array | Float64Array): void {
  for (const value of values) {
    const x = Math.abs(value)
    if (x <= Number.MAX_VALUE) {
      total.squares += x * x
      if (x > total.largest) total.largest = x
    } else if (x === Infinity) total.infinite++
    else total.nan++
  }
}

/** Elements of a floating-point type, little-endian as the machine. */
export function floatValues(bytes: Uint8Array, dtype: DType): Float32Array | Float64Array {
  const { buffer } = Uint8Array.from(bytes) // aligned
  if (dtype === 'F64') return new Float64Array(buffer)
  if (dtype === 'F32') return new Float32Array(buffer)
  const table = dtype === 'F16' ? halfValues : brainValues
  return Float32Array.from(new Uint16Array(buffer), (bits) => table[bits] as number)
}

/** The value of every pattern of IEEE 754 binary16: sign, 5 bits of exponent (bias 15), 10 of fraction. */
const halfValues = Float32Array.from({ length: 0x10000 }, (_, half) => {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity
  return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24)
})

/** Of bfloat16: the upper half of a float32. */
const brainValues = new Float32Array(Uint32Array.from({ length: 0x10000 }, (_, bits) => bits << 16).buffer)
