/** Describes a checkpoint: from its headers within a second, or with statistics of every weight. */
import type { ByteRange, DType } from '../../binding.gyp'
import type { CheckpointInfo } from '../api'
import { openCheckpoint } from './checkpoint'
import { CheckpointFile } from './checkpoint-file'
import { elementBytes } from './stored-tensor'

export interface TensorStatistics {
  name: string
  shape: readonly number[]
  /** L2 norm and largest absolute value of the finite values. */
  norm: number
  largest: number
  nan: number
  infinite: number
}

const chunkBytes = 1024 * 1024

/**
 * Reads headers only; with `deep` also every weight, a megabyte at a time, and adds `tensors: TensorStatistics[]`.
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

/** Each read gives the event loop a turn. */
async function statistics(ranges: readonly ByteRange[], signal: AbortSignal | undefined) {
  const total = { squares: 0, largest: 0, nan: 0, infinite: 0 }
  for (const { file: path, offset, length, dtype } of ranges) {
    await CheckpointFile.with(path, async (file) => {
      for (let at = 0; at < length; at += chunkBytes) {
        signal?.throwIfAborted()
        add(total, await file.read(offset + at, Math.min(chunkBytes, length - at), 'weights'), dtype)
      }
    })
  }
  const { squares, ...rest } = total
  return { norm: Math.sqrt(squares), ...rest }
}

function add(
  total: { squares: number; largest: number; nan: number; infinite: number },
  bytes: Buffer,
  dtype: DType,
) {
  const value = valueReaders[dtype]
  for (let at = 0; at < bytes.length; at += elementBytes[dtype]) {
    const x = Math.abs(value(bytes, at))
    if (Number.isNaN(x)) total.nan++
    else if (x === Infinity) total.infinite++
    else {
      total.squares += x * x
      if (x > total.largest) total.largest = x
    }
  }
}

const bits = new DataView(new ArrayBuffer(4))

/** The value of an element, little-endian. */
export const valueReaders: Readonly<Record<DType, (bytes: Buffer, at: number) => number>> = {
  F64: (bytes, at) => bytes.readDoubleLE(at),
  F32: (bytes, at) => bytes.readFloatLE(at),
  F16: (bytes, at) => halfValue(bytes.readUInt16LE(at)),
  BF16: (bytes, at) => {
    bits.setUint32(0, bytes.readUInt16LE(at) << 16)
    return bits.getFloat32(0)
  },
  I64: (bytes, at) => Number(bytes.readBigInt64LE(at)),
  I32: (bytes, at) => bytes.readInt32LE(at),
  U8: (bytes, at) => bytes.readUInt8(at),
}

/** IEEE 754 binary16: sign, 5 bits of exponent (bias 15), 10 of fraction. */
function halfValue(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity
  return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24)
}
