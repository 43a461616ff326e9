/** By what kept results are known to be those of a model, without reading it. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Run } from '../api'
import { modelFolder } from '../inference'

/** Size and time of the weights that judge. */
export async function modelStamp({ directory }: Run): Promise<readonly [number, number]> {
  const { size, mtimeMs } = await stat(join(modelFolder(directory), 'model.safetensors'))
  return [size, mtimeMs]
}
