/** A classifier as a Hugging Face folder that Python's IJepaForImageClassification opens with equal logits. */
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ImageSize } from '../api'
import { huggingFaceConfig, huggingFaceModel, preprocessorConfig, type EncoderGeometry } from '../checkpoint'
import type { PreprocessingConfig } from '../config'
import type { Session } from '../native'
import { runSelfCheck, selfCheckFile } from './self-check'

export interface ModelDescription {
  readonly geometry: EncoderGeometry
  readonly classes: readonly string[]
  readonly preprocessing: PreprocessingConfig
  readonly imageSize: ImageSize
  readonly pooling: 'norm_then_mean' | 'mean_then_norm'
  /** Each class is for itself: a picture may have several. */
  readonly multiLabel: boolean
  /** Kept under our own key of config.json: which encoder it came from, the run, the epoch. */
  readonly origin: Readonly<Record<string, unknown>>
}

/**
 * Writes config.json, preprocessor_config.json, self_check.json and model.safetensors, the weights last: a folder that has
 * them is whole.
 * @throws ERR_FILE
 */
export async function writeModelFolder(
  session: Session,
  directory: string,
  model: ModelDescription,
): Promise<void> {
  await mkdir(directory, { recursive: true })
  const { geometry, classes, pooling, preprocessing, imageSize, origin } = model
  const config: Record<string, unknown> = {
    ...huggingFaceConfig(geometry, classes, { pooling, preprocessing, ...origin }),
    // Python has no model that pools first and normalises then: an unknown type is refused there, not misread.
    ...(model.multiLabel ? { problem_type: 'multi_label_classification' } : {}),
    ...(pooling === 'norm_then_mean' ? {} : { model_type: 'ijepa_classify_mean_then_norm' }),
  }
  await writeText(join(directory, 'config.json'), config)
  await writeText(join(directory, 'preprocessor_config.json'), preprocessorConfig(preprocessing, imageSize))
  await writeText(join(directory, selfCheckFile), await runSelfCheck(session, model))
  const { header, pieces } = huggingFaceModel(geometry, classes.length)
  await session.write(join(directory, 'model.safetensors'), header, pieces)
}

async function writeText(path: string, value: object): Promise<void> {
  await writeFile(`${path}.tmp`, JSON.stringify(value, undefined, 2) + '\n', { flush: true })
  await rename(`${path}.tmp`, path)
}
