/** A tensor as it lies in a file: element type, shape, and one run of bytes in row order. */
import type { ByteRange, DType } from '../../binding.gyp'

export interface StoredTensor {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly range: ByteRange
}

/** Bytes of one element. */
export const elementBytes: Readonly<Record<DType, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  U8: 1,
}

export function isDType(name: unknown): name is DType {
  return typeof name === 'string' && Object.hasOwn(elementBytes, name)
}

/** Number of elements of a shape; NaN when it is beyond what a number can count exactly. */
export function elementCount(shape: readonly number[]): number {
  const count = shape.reduce((product, size) => product * size, 1)
  return Number.isSafeInteger(count) ? count : NaN
}
