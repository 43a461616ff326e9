/** Opens a checkpoint: what it is, the encoder's geometry, and a load plan of byte ranges. Reads headers only. */
import type { PlannedTensor } from '../../binding.gyp'
import type { CheckpointInfo, ImageSize, Preprocessing } from '../api'
import { IjepaError } from '../errors'
import { infoOf, layerNormEps, warningsOf } from './describe'
import type { EncoderGeometry, EncoderShape } from './encoder-names'
import { layersOf, type HeadFeatures } from './head-features'
import { checkStatedSizes, parseHuggingFaceConfig, type StatedConfig } from './hugging-face-config'
import { findEncoder, mismatch, type HeadInput, type Layout } from './layout'
import { readModelFiles, type EncoderChoice, type ModelFiles } from './model-files'
import { isPooling, type Pooling } from './pooling'
import { parsePreprocessorConfig } from './preprocessor-config'
import { planNeighbors } from './neighbors-file'
import { shown } from './shown'

export interface OpenOptions {
  /** Of the official layout, which holds both. @default 'target_encoder' */
  weights?: EncoderChoice
  /** Attention heads, where the file does not say them. */
  heads?: number
  /** Pixels; the positions are brought to its grid. @default that of the file */
  imageSize?: ImageSize
  /** 'regenerate': the sine-cosine positions are computed anew instead of interpolated. @default 'interpolate' */
  positions?: 'interpolate' | 'regenerate'
}

export interface Checkpoint {
  /** `weights` says which encoder it is, `warnings` what a user should know. */
  readonly info: CheckpointInfo & { readonly warnings: readonly string[] }
  readonly geometry: Omit<EncoderGeometry, 'heads'> & { heads?: number }
  /** The encoder's parameters under official names, with their ranges in the files. */
  plan(): PlannedTensor[]
  /** The trained head of a Hugging Face folder. */
  readonly classifier?: SavedClassifier
}

export interface SavedClassifier {
  readonly classes: string[]
  /** `head.weight` and `head.bias` [C], and the parameters of attention pooling; or known features. */
  readonly plan: PlannedTensor[]
  readonly pooling: Pooling
  /** `head.weight` is [C, D] for 'last', [C, 4D] for 'last4'. */
  readonly features: HeadFeatures
  /** The head centres and normalises each picture's features. */
  readonly normalize: boolean
  /** Its plan is that of known features which vote in the place of a head. */
  readonly neighbors: boolean
  /** The classes are not exclusive, by config.json's problem_type. */
  readonly multiLabel: boolean
  /** From preprocessor_config.json, which is law for a saved classifier. ERR_CHECKPOINT_FORMAT when read, if it can't be followed. */
  readonly preprocessing?: Required<Preprocessing>
  /** Value of our own key in config.json. */
  readonly extra?: Readonly<Record<string, unknown>>
}

/** Widths of the official architectures and their heads (official code, vision_transformer.py). */
const headsOfWidth: Readonly<Record<number, number>> = {
  192: 3,
  384: 6,
  768: 12,
  1024: 16,
  1280: 16,
  1408: 16,
}

/**
 * Opens an official .pth.tar (zip or older), a .safetensors file, a bare state dict, or a Hugging Face folder.
 * @throws ERR_FILE, ERR_CHECKPOINT_FORMAT (damaged or hostile), ERR_CHECKPOINT_MISMATCH (not an I-JEPA encoder),
 *   ERR_CONFIG (an option that does not fit the encoder)
 */
export async function openCheckpoint(path: string, options: OpenOptions = {}): Promise<Checkpoint> {
  const files = await readModelFiles(path, options.weights ?? 'target_encoder')
  const config: StatedConfig = files.config ? parseHuggingFaceConfig(files.config) : {}
  const features = featuresOf(path, config)
  const pooling = poolingOf(path, config)
  const head: HeadInput = { layers: layersOf[features], pooling }
  const layout = findEncoder(path, files.tensors, config.imageSize, head)
  if (files.config) checkStatedSizes(files.config, layout.shape)
  const warnings = warningsOf(files, config, layout, options)
  const geometry = {
    ...resized(layout.shape, options.imageSize),
    layerNormEps: config.layerNormEps ?? layerNormEps,
    heads: headsOf(path, files, config, layout.shape.embedDim, options.heads, warnings),
  }
  return {
    info: { ...infoOf(files, config, layout, geometry.heads), warnings },
    geometry,
    plan: () =>
      options.positions === 'regenerate'
        ? layout.encoder.filter(({ name }) => name !== 'pos_embed')
        : layout.encoder,
    classifier: await classifierOf(path, files, config, layout, {
      features,
      pooling,
      normalize: config.own?.normalize === true,
    }),
  }
}

/** The number of attention heads. ERR_HEADS_UNKNOWN, which names the `heads` option, when no file or table says it. */
export function requireHeads({ geometry: { heads, embedDim } }: Checkpoint): number {
  if (heads !== undefined) return heads
  throw new IjepaError(
    'ERR_HEADS_UNKNOWN',
    `The file does not say how many attention heads its encoder of width ${embedDim} has, and no official one has this ` +
      `width: give the option heads, as in encoder: { from: '…', heads: ${suggestedHeads(embedDim)} } (it divides ${embedDim})`,
    { embedDim },
  )
}

/** An official head is 64 wide. */
function suggestedHeads(embedDim: number): number {
  const nearest = Math.max(1, Math.round(embedDim / 64))
  return embedDim % nearest === 0 ? nearest : 1
}

function headsOf(
  path: string,
  files: ModelFiles,
  config: StatedConfig,
  embedDim: number,
  option: number | undefined,
  warnings: string[],
): number | undefined {
  const stated =
    config.heads ?? (files.metadata.num_heads === undefined ? undefined : Number(files.metadata.num_heads))
  if (option !== undefined && stated !== undefined && option !== stated)
    warnings.push(`The option heads: ${option} overrides the ${stated} that the file says`)
  const heads = option ?? stated ?? headsOfWidth[embedDim]
  if (heads === undefined || (Number.isSafeInteger(heads) && heads > 0 && embedDim % heads === 0))
    return heads
  if (option === undefined)
    throw mismatch(path, `its ${heads} attention heads do not divide its width ${embedDim}`, {})
  throw new IjepaError(
    'ERR_CONFIG',
    `Expected heads that divide the encoder's width ${embedDim}, got ${heads}`,
  )
}

function resized(shape: EncoderShape, imageSize: ImageSize | undefined): EncoderShape {
  if (imageSize === undefined) return shape
  const { height, width } =
    typeof imageSize === 'number' ? { height: imageSize, width: imageSize } : imageSize
  const fits = (side: number) => Number.isSafeInteger(side) && side > 0 && side % shape.patchSize === 0
  if (fits(height) && fits(width)) return { ...shape, imageHeight: height, imageWidth: width }
  throw new IjepaError(
    'ERR_CONFIG',
    `Expected an imageSize that the encoder's patches of ${shape.patchSize} pixels divide, got ${height}×${width}`,
    { patchSize: shape.patchSize },
  )
}

function featuresOf(path: string, { own }: StatedConfig): HeadFeatures {
  const features = own?.features ?? 'last'
  if (typeof features === 'string' && Object.hasOwn(layersOf, features)) return features as HeadFeatures
  throw mismatch(path, `its head sees ${shown(features)}, which this version does not know`, {})
}

function poolingOf(path: string, { own }: StatedConfig): Pooling {
  const pooling = own?.pooling ?? 'norm_then_mean'
  if (isPooling(pooling)) return pooling
  throw mismatch(path, `its pooling ${shown(pooling)} is not one that this version knows`, {})
}

async function classifierOf(
  path: string,
  files: ModelFiles,
  config: StatedConfig,
  { head, shape }: Layout,
  seen: Pick<SavedClassifier, 'features' | 'pooling' | 'normalize'>,
): Promise<SavedClassifier | undefined> {
  const neighbors = config.own?.head === 'neighbors'
  const bias = head.find(({ name }) => name === 'head.bias')
  if (!files.config || (bias === undefined && !neighbors)) return undefined
  const plan = neighbors ? await planNeighbors(path, layersOf[seen.features] * shape.embedDim) : head
  const count = bias?.shape[0] ?? config.classes?.length ?? 0
  const classes = config.classes ?? Array.from({ length: count }, (_, i) => `LABEL_${i}`)
  if (classes.length !== count)
    throw mismatch(path, `config.json names ${classes.length} classes, the head has ${count}`, {})
  return {
    classes,
    plan,
    ...seen,
    neighbors,
    multiLabel: config.multiLabel ?? false,
    get preprocessing() {
      return files.preprocessor && parsePreprocessorConfig(files.preprocessor)
    },
    extra: config.own,
  }
}
