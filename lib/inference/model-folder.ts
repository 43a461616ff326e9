/** A classifier as a Hugging Face folder that Python's IJepaForImageClassification opens with equal logits, where it has the form. */
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ImageSize } from '../api'
import {
  huggingFaceConfig,
  huggingFaceModel,
  layersOf,
  modelType,
  neighborsFile,
  neighborTensors,
  preprocessorConfig,
  safetensorsHeader,
  type EncoderGeometry,
  type HeadFeatures,
  type Pooling,
} from '../checkpoint'
import type { PreprocessingConfig } from '../config'
import type { Temperature } from '../metrics'
import type { Session } from '../native'
import { runSelfCheck, selfCheckFile } from './self-check'

export interface ModelDescription {
  readonly geometry: EncoderGeometry
  readonly classes: readonly string[]
  readonly preprocessing: PreprocessingConfig
  readonly imageSize: ImageSize
  readonly pooling: Pooling
  readonly features: HeadFeatures
  /** The head centres and normalises each picture's features. */
  readonly normalize: boolean
  /** Training pictures vote in the place of a head. */
  readonly neighbors: boolean
  /** Each class is for itself: a picture may have several. */
  readonly multiLabel: boolean
  /** By which logits are divided for probabilities that come true; absent where none was fitted. */
  readonly temperature?: Temperature
  /** Kept under our own key of config.json: which encoder it came from, the run, the epoch. */
  readonly origin: Readonly<Record<string, unknown>>
}

/** Columns of pooled features that the head sees: the last ones. */
export function headColumns({ geometry, features }: ModelDescription): number {
  return layersOf[features] * geometry.embedDim
}

/**
 * Writes config.json, preprocessor_config.json, self_check.json, of neighbours neighbors.safetensors, and model.safetensors, the
 * weights last: a folder that has them is whole.
 * @throws ERR_FILE
 */
export async function writeModelFolder(
  session: Session,
  directory: string,
  model: ModelDescription,
): Promise<void> {
  await mkdir(directory, { recursive: true })
  const {
    geometry,
    classes,
    pooling,
    features,
    normalize,
    neighbors,
    preprocessing,
    imageSize,
    temperature,
  } = model
  const seen = {
    ...(features === 'last' ? {} : { features }),
    ...(normalize ? { normalize } : {}),
    ...(neighbors ? { head: 'neighbors' } : {}),
  }
  const config: Record<string, unknown> = {
    ...huggingFaceConfig(geometry, classes, {
      ...{ pooling, ...seen, preprocessing, ...model.origin },
      ...(temperature ? { temperature } : {}),
    }),
    model_type: modelType({ pooling, features, normalize, neighbors }),
    ...(model.multiLabel ? { problem_type: 'multi_label_classification' } : {}),
  }
  await writeText(join(directory, 'config.json'), config)
  await writeText(join(directory, 'preprocessor_config.json'), preprocessorConfig(preprocessing, imageSize))
  await writeText(join(directory, selfCheckFile), await runSelfCheck(session, model))
  if (neighbors) await writeNeighbors(session, join(directory, neighborsFile))
  const { header, pieces } = huggingFaceModel(geometry, neighbors ? null : classes.length, {
    layers: layersOf[features],
    pooling,
  })
  await session.write(join(directory, 'model.safetensors'), header, pieces)
}

async function writeNeighbors(session: Session, path: string): Promise<void> {
  const names = new Set<string>(neighborTensors)
  const tensors = (await session.tensors()).filter(({ name }) => names.has(name))
  const pieces = tensors.map(({ name }) => ({ name, begin: 0, end: 0 }))
  await session.write(path, safetensorsHeader(tensors), pieces)
}

async function writeText(path: string, value: object): Promise<void> {
  await writeFile(`${path}.tmp`, JSON.stringify(value, undefined, 2) + '\n', { flush: true })
  await rename(`${path}.tmp`, path)
}
