/** Updates on tokens that are kept: which rows an epoch goes through, and one update on some of them. */
import type { Session } from '../native'

/** Row of each sample in the file that the session has open. */
export type RowOfSample = ReadonlyMap<number, number>

/** The epoch's order of samples as rows; pictures that could not be read have none. */
export function rowsInOrder(order: Int32Array, rowOf: RowOfSample): Int32Array<ArrayBuffer> {
  return Int32Array.from(order, (sample) => rowOf.get(sample) ?? -1).filter((row) => row >= 0)
}

export interface TokenUpdate {
  /** From 0, in the epoch. */
  readonly index: number
  /** Pictures of an update. */
  readonly size: number
  /** A last one of fewer is left out. */
  readonly dropLast: boolean
  readonly learningRate: number
}

/** Resolves with the update's samples, 0 when the epoch is over. */
export function trainOnRows(
  session: Session,
  rows: Int32Array,
  { index, size, dropLast, learningRate }: TokenUpdate,
): Promise<number> {
  const own = rows.slice(index * size, (index + 1) * size)
  const isLeftOut = own.length === 0 || (dropLast && own.length < size)
  return isLeftOut ? Promise.resolve(0) : session.trainStepOnTokens(own, learningRate)
}
