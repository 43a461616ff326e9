/** A trained classifier from its folder. */
import type { Preprocessing } from '../api'
import { openCheckpoint, requireHeads } from '../checkpoint'
import { resolvePreprocessing } from '../config'
import { IjepaError } from '../errors'
import { fasterLinearKernel, type Session } from '../native'
import { imageSizeOf, modelFolder } from './encoder-source'
import { createModel } from './model'
import type { ModelDescription } from './model-folder'
import { storedTemperature } from './temperature'

export interface SavedClassifierOptions {
  /** Resolved: 'cpu' or 'cuda:N'. */
  readonly device: string
  readonly threads: number
  /** Wins over what the folder says. */
  readonly preprocessing?: Preprocessing
  readonly signal?: AbortSignal
}

/**
 * @param path a run folder (its best checkpoint), a checkpoint's folder, or a Hugging Face folder
 * @throws ERR_FILE, ERR_CHECKPOINT_FORMAT, ERR_CHECKPOINT_MISMATCH (an encoder without a head)
 */
export async function openClassifier(
  path: string,
  options: SavedClassifierOptions,
): Promise<{ session: Session; model: ModelDescription }> {
  const { device, threads, signal } = options
  const checkpoint = await openCheckpoint(modelFolder(path))
  const head = checkpoint.classifier
  if (head === undefined) {
    const message = `${path} holds an encoder without a classification head: train one with linearProbe or finetune`
    throw new IjepaError('ERR_CHECKPOINT_MISMATCH', message, { file: path })
  }
  const { preprocessing } = resolvePreprocessing(options.preprocessing, head.preprocessing, 'classifier')
  const geometry = { ...checkpoint.geometry, heads: requireHeads(checkpoint) }
  const temperature = storedTemperature(path, head.extra)
  const model: ModelDescription = {
    geometry,
    classes: head.classes,
    preprocessing,
    imageSize: imageSizeOf(geometry),
    pooling: head.pooling,
    features: head.features,
    normalize: head.normalize,
    neighbors: head.neighbors,
    multiLabel: head.multiLabel,
    ...(temperature ? { temperature } : {}),
    origin: { ...head.extra },
  }
  const plan = [...checkpoint.plan(), ...head.plan]
  const rest = {
    classes: head.classes.length,
    pooling: head.pooling,
    features: head.features,
    normalize: head.normalize,
    preprocessing,
    device,
    threads,
    linearKernel: await fasterLinearKernel(threads),
    seed: 0,
    headInit: 0,
  }
  return { session: await createModel({ geometry, plan, ...rest }, signal), model }
}
