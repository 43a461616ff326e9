/** Where an encoder comes from: a file, a folder, one of our own runs, or random weights. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { PlannedTensor } from '../../binding.gyp'
import type { Architecture, ArchitectureName, CheckpointInfo, EncoderSource, ImageSize } from '../api'
import { openCheckpoint, requireHeads, type Checkpoint, type EncoderGeometry } from '../checkpoint'
import { IjepaError } from '../errors'

export interface Encoder {
  readonly geometry: EncoderGeometry
  /** Where its values lie; empty for random weights. */
  readonly plan: readonly PlannedTensor[]
  readonly info: CheckpointInfo
  /** Of the random weights; undefined: the run's seed. */
  readonly seed?: number
  readonly checkpoint?: Checkpoint
}

/** The architectures of the official code (facebookresearch/ijepa, src/models/vision_transformer.py). */
const architectures: Readonly<Record<ArchitectureName, Required<Architecture>>> = {
  vit_tiny: { embedDim: 192, depth: 12, heads: 3, mlpRatio: 4 },
  vit_small: { embedDim: 384, depth: 12, heads: 6, mlpRatio: 4 },
  vit_base: { embedDim: 768, depth: 12, heads: 12, mlpRatio: 4 },
  vit_large: { embedDim: 1024, depth: 24, heads: 16, mlpRatio: 4 },
  vit_huge: { embedDim: 1280, depth: 32, heads: 16, mlpRatio: 4 },
  vit_giant: { embedDim: 1408, depth: 40, heads: 16, mlpRatio: 48 / 11 },
}

/**
 * Reads headers only.
 * @throws ERR_CHECKPOINT_FORMAT, ERR_CHECKPOINT_MISMATCH, ERR_HEADS_UNKNOWN, ERR_FILE, ERR_CONFIG
 */
export async function openEncoder(source: EncoderSource): Promise<Encoder> {
  if (typeof source === 'object' && 'architecture' in source) return randomEncoder(source)
  const { from, ...options } = typeof source === 'string' ? { from: source } : source
  const checkpoint = await openCheckpoint(modelFolder(from), options)
  const geometry = { ...checkpoint.geometry, heads: requireHeads(checkpoint) }
  return { geometry, plan: checkpoint.plan(), info: checkpoint.info, checkpoint }
}

/** A run folder stands for its best checkpoint. */
export function modelFolder(path: string): string {
  const best = join(path, 'checkpoints', 'best')
  if (existsSync(best)) return best
  if (existsSync(join(path, 'checkpoints'))) {
    throw new IjepaError('ERR_FILE', `The run in ${path} has no best checkpoint yet: resume it first`, {
      file: path,
    })
  }
  return path
}

function randomEncoder(source: Extract<EncoderSource, { architecture: unknown }>): Encoder {
  const { architecture, patchSize, seed } = source
  const name = typeof architecture === 'string' ? architecture : undefined
  const {
    embedDim,
    depth,
    heads,
    mlpRatio = 4,
  } = typeof architecture === 'string' ? architectures[architecture] : architecture
  const { height, width } = imageSides(source.imageSize)
  if (height % patchSize !== 0 || width % patchSize !== 0) {
    throw new IjepaError(
      'ERR_CONFIG',
      `Expected an imageSize that ${patchSize}-pixel patches divide, got ${height}×${width}`,
    )
  }
  if (embedDim % heads !== 0 || embedDim % 4 !== 0) {
    throw new IjepaError(
      'ERR_CONFIG',
      `Expected an embedDim that 4 and ${heads} heads divide, got ${embedDim}`,
    )
  }
  const geometry = {
    embedDim,
    depth,
    heads,
    mlpDim: Math.trunc(embedDim * mlpRatio),
    patchSize,
    imageHeight: height,
    imageWidth: width,
    layerNormEps: 1e-6,
  }
  const info: CheckpointInfo = {
    format: 'random weights',
    architecture: { embedDim, depth, heads, mlpRatio, ...(name === undefined ? {} : { name }) },
    patchSize,
    imageSize: source.imageSize,
    weights: 'random',
    parameters: parameterCount(geometry),
    dtype: 'F32',
  }
  return { geometry, plan: [], info, ...(seed === undefined ? {} : { seed }) }
}

export function imageSides(size: ImageSize): { height: number; width: number } {
  return typeof size === 'number' ? { height: size, width: size } : size
}

/** As an ImageSize: a number where the picture is square. */
export function imageSizeOf({ imageHeight, imageWidth }: EncoderGeometry): ImageSize {
  return imageHeight === imageWidth ? imageHeight : { height: imageHeight, width: imageWidth }
}

/** Values of all parameters, the fixed positions included. */
function parameterCount({
  embedDim: d,
  depth,
  mlpDim,
  patchSize,
  imageHeight,
  imageWidth,
}: EncoderGeometry): number {
  const block = 4 * d + (3 * d * d + 3 * d) + (d * d + d) + (2 * d * mlpDim + mlpDim + d)
  const patches = (imageHeight / patchSize) * (imageWidth / patchSize)
  return patches * d + (3 * patchSize * patchSize * d + d) + depth * block + 2 * d
}
