/** config.json of transformers' IJepaForImageClassification: what it says of an encoder, and ours to write. */
import type { ImageSize } from '../api'
import type { EncoderGeometry, EncoderShape } from './encoder-names'
import type { HeadFeatures } from './head-features'
import { mismatch } from './layout'
import type { JsonFile } from './model-files'
import { isAttentive, type Pooling } from './pooling'
import { shown } from './shown'

/** Our own key: what Hugging Face's configuration has no place for. */
export const ownKey = 'ijepa_classify'

/**
 * Model types of classifiers that Python's IJepaForImageClassification has no form for: an unknown type is refused there, not
 * misread.
 */
const ownTypes = {
  meanThenNorm: 'ijepa_classify_mean_then_norm',
  last4: 'ijepa_classify_last4',
  normalized: 'ijepa_classify_normalized',
  attentive: 'ijepa_classify_attentive',
  neighbors: 'ijepa_classify_neighbors',
} as const

/** What stands on an encoder's tokens. */
export interface HeadForm {
  readonly pooling: Pooling
  readonly features: HeadFeatures
  /** It centres and normalises each picture's features. */
  readonly normalize: boolean
  /** Known pictures vote in its place. */
  readonly neighbors: boolean
}

/** Hugging Face's model type where its class computes the same; else one of our own. */
export function modelType({ pooling, features, normalize, neighbors }: HeadForm): string {
  if (neighbors) return ownTypes.neighbors
  if (isAttentive(pooling)) return ownTypes.attentive
  if (normalize) return ownTypes.normalized
  if (features === 'last4') return ownTypes.last4
  return pooling === 'norm_then_mean' ? 'ijepa' : ownTypes.meanThenNorm
}

export interface StatedConfig {
  readonly heads?: number
  readonly layerNormEps?: number
  readonly imageSize?: { height: number; width: number }
  /** From id2label, in order of index. */
  readonly classes?: string[]
  /** `problem_type` of a classifier whose classes are not exclusive. */
  readonly multiLabel?: boolean
  /** Value of our own key: the file was written by this library. */
  readonly own?: Readonly<Record<string, unknown>>
}

/** What this library computes; another value would give other numbers in silence. */
const computed: Readonly<Record<string, unknown>> = {
  hidden_act: 'gelu',
  qkv_bias: true,
  num_channels: 3,
}

/** @throws ERR_CHECKPOINT_MISMATCH when it configures another model than an I-JEPA encoder */
export function parseHuggingFaceConfig({ file, json }: JsonFile): StatedConfig {
  checkModelType(file, json)
  for (const [key, expected] of Object.entries(computed)) {
    const found = json[key]
    if (found === expected || found === undefined) continue
    throw mismatch(file, `expected ${key} ${JSON.stringify(expected)}, found ${shown(found)}`, { key })
  }
  const own = json[ownKey]
  return {
    heads: optionalNumber(file, json, 'num_attention_heads', Number.isSafeInteger),
    layerNormEps: optionalNumber(file, json, 'layer_norm_eps', Number.isFinite),
    imageSize: imageSizeOf(file, json.image_size),
    classes: classesOf(file, json.id2label),
    multiLabel: json.problem_type === 'multi_label_classification',
    own: typeof own === 'object' && own !== null ? (own as StatedConfig['own']) : undefined,
  }
}

function checkModelType(file: string, json: JsonFile['json']): void {
  const { model_type: found } = json
  const isOwn = Object.values<unknown>(ownTypes).includes(found) && json[ownKey] !== undefined
  if (found === 'ijepa' || isOwn) return
  const hint = found === undefined ? '. Is it a run folder? Then name its checkpoints/best' : ''
  throw mismatch(file, `expected model_type "ijepa", found ${shown(found)}${hint}`, { key: 'model_type' })
}

/** Sizes that a config says twice over must be those of the tensors. */
export function checkStatedSizes({ file, json }: JsonFile, shape: EncoderShape): void {
  const stated = {
    hidden_size: shape.embedDim,
    num_hidden_layers: shape.depth,
    intermediate_size: shape.mlpDim,
    patch_size: shape.patchSize,
  }
  for (const [key, found] of Object.entries(stated)) {
    if (json[key] !== undefined && json[key] !== found)
      throw mismatch(file, `${key} is ${shown(json[key])}, but the tensors have ${found}`, { key })
  }
}

/**
 * config.json for a classifier under Hugging Face's names.
 * @param classes names in order of index
 * @param extra kept under our own key
 */
export function huggingFaceConfig(
  geometry: EncoderGeometry,
  classes: readonly string[],
  extra: Readonly<Record<string, unknown>>,
): object {
  const { imageHeight, imageWidth } = geometry
  return {
    architectures: ['IJepaForImageClassification'],
    model_type: 'ijepa',
    hidden_size: geometry.embedDim,
    num_hidden_layers: geometry.depth,
    num_attention_heads: geometry.heads,
    intermediate_size: geometry.mlpDim,
    patch_size: geometry.patchSize,
    image_size: imageHeight === imageWidth ? imageHeight : [imageHeight, imageWidth],
    layer_norm_eps: geometry.layerNormEps,
    ...computed,
    hidden_dropout_prob: 0,
    attention_probs_dropout_prob: 0,
    dtype: 'float32',
    id2label: Object.fromEntries(classes.map((name, index) => [index, name])),
    label2id: Object.fromEntries(classes.map((name, index) => [name, index])),
    [ownKey]: extra,
  }
}

function classesOf(file: string, labels: unknown): string[] | undefined {
  if (labels === undefined) return undefined
  const byIndex = new Map<string, unknown>(
    typeof labels === 'object' && labels !== null ? Object.entries(labels) : [],
  )
  const classes = Array.from({ length: byIndex.size }, (_, index) => byIndex.get(String(index)))
  if (
    !classes.every((name): name is string => typeof name === 'string') ||
    new Set(classes).size !== classes.length
  )
    throw mismatch(file, 'id2label does not give every index from 0 one name of its own', { key: 'id2label' })
  return classes
}

function imageSizeOf(file: string, size: unknown): StatedConfig['imageSize'] {
  if (size === undefined) return undefined
  const [height, width] = Array.isArray(size) ? (size as unknown[]) : [size, size]
  if (isPixels(height) && isPixels(width)) return { height, width }
  throw mismatch(file, `image_size ${shown(size)} is no size`, { key: 'image_size' })
}

/** As an ImageSize: a number where the picture is square. */
export function compactSize(height: number, width: number): ImageSize {
  return height === width ? height : { height, width }
}

function optionalNumber(
  file: string,
  json: JsonFile['json'],
  key: string,
  accepts: (value: number) => boolean,
) {
  const value = json[key]
  if (value === undefined) return undefined
  if (typeof value === 'number' && value > 0 && accepts(value)) return value
  throw mismatch(file, `${key} is ${shown(value)}, expected a number above 0`, { key })
}

function isPixels(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}
