/** Features in two dimensions, by UMAP (McInnes, Healy and Melville 2018, arXiv:1802.03426) in a worker thread. */
import { UMAP } from 'umap-js'
import { runInWorker, sharedFloats } from '../worker'
import { drawsBelow } from './random'

/** Below this there are no neighbourhoods to keep. */
const fewestRows = 10
const nNeighbors = 15

/**
 * A point for each row, [rows, 2]: rows that are like each other by the cosine lie near each other. The same seed gives the same
 * map. Undefined for fewer than ten rows.
 * @param features [rows, columns], row-major
 */
export async function featureMap(
  features: Float32Array,
  columns: number,
  seed: number,
): Promise<Float32Array | undefined> {
  if (features.length / columns < fewestRows) return undefined
  return runInWorker(__filename, 'mapRows', await sharedFloats(features), columns, seed)
}

/** On this thread: seconds for a thousand rows. */
export function mapRows(features: Float32Array, columns: number, seed: number): Float32Array {
  const rows = Array.from({ length: features.length / columns }, (_, row) =>
    atLengthOne(features.subarray(row * columns, (row + 1) * columns)),
  )
  const draw = drawsBelow(2 ** 32, seed)
  const umap = new UMAP({ nNeighbors: Math.min(nNeighbors, rows.length - 1), random: () => draw() / 2 ** 32 })
  return Float32Array.from(umap.fit(rows).flat())
}

/** Euclidean distance then orders as the cosine does. */
function atLengthOne(row: Float32Array): number[] {
  const norm = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0))
  return Array.from(row, (value) => value / Math.max(norm, 1e-12))
}
