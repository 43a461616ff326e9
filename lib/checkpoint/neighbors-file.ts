/** Known features that vote in the place of a head: a file of its own in a classifier's folder. */
import { join } from 'node:path'
import type { PlannedTensor } from '../../binding.gyp'
import { formatError } from './checkpoint-file'
import { readSafetensors } from './safetensors'

export const neighborsFile = 'neighbors.safetensors'

/** Rows of length 1 [N, F], the class of each, and k with the temperature of the votes. */
export const neighborTensors = ['neighbors.features', 'neighbors.labels', 'neighbors.settings'] as const

/** @throws ERR_FILE, ERR_CHECKPOINT_FORMAT */
export async function planNeighbors(folder: string, columns: number): Promise<PlannedTensor[]> {
  const file = join(folder, neighborsFile)
  const { tensors } = await readSafetensors(file)
  const rows = tensors.get('neighbors.labels')?.shape[0] ?? 0
  const shapes = { features: `F32 ${rows},${columns}`, labels: `I64 ${rows}`, settings: 'F64 2' }
  const found = ([name, shape]: [string, string]) => {
    const tensor = tensors.get(`neighbors.${name}`)
    return tensor !== undefined && `${tensor.dtype} ${tensor.shape.join()}` === shape
  }
  if (rows > 0 && tensors.size === neighborTensors.length && Object.entries(shapes).every(found)) {
    return [...tensors].map(([name, { shape, range }]) => ({ name, shape: [...shape], ranges: [range] }))
  }
  throw formatError(file, `expected the features of known pictures, ${columns} columns, with their labels`)
}
