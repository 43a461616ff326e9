/** Native handles on small random pictures, for the tests of the binding. */
import type { LoaderOptions, SampleTable, SessionConfig, TrainingConfig } from '../../binding.gyp'
import { Loader, type Features, type Session } from '../../lib/native'
import { noisyPixels } from '../pictures'

export const sessionConfig: SessionConfig = {
  embedDim: 32,
  depth: 2,
  heads: 2,
  mlpDim: 128,
  patchSize: 8,
  imageHeight: 32,
  imageWidth: 32,
  layerNormEps: 1e-6,
  classes: 3,
  layers: 1,
  normalizeRows: false,
  pooling: 'norm_then_mean',
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  device: 'cpu',
  threads: 2,
  seed: 7,
  headInit: 0.01,
  linearKernel: 'onednn',
}

/** ViT-S/16 at 224: a step takes seconds. */
export const largeConfig: SessionConfig = {
  ...sessionConfig,
  embedDim: 384,
  depth: 12,
  heads: 6,
  mlpDim: 1536,
  patchSize: 16,
  imageHeight: 224,
  imageWidth: 224,
}

export const loaderOptions: LoaderOptions = {
  height: 32,
  width: 32,
  resize: 'shortest',
  cropFraction: 1,
  interpolation: 'bicubic',
  alpha: 'white',
  decoding: 'exact',
  scaleMin: 1,
  scaleMax: 1,
  ratioMin: 1,
  ratioMax: 1,
  retries: false,
  flip: 0,
  batchSize: 4,
  dropLast: false,
  threads: 2,
  seed: 0,
  maxPixels: 1e8,
  onBadImage: 'throw',
}

/** Raw [H, W, 3] pictures of `size` pixels in memory, labels 0, 1, 2, 0, … */
export function pixelTable(rows: number, size = 32): SampleTable {
  return {
    files: Array.from({ length: rows }, (_, i) => noisyPixels([60 * (i % 3), 120, 90], size, i)),
    file: Int32Array.from({ length: rows }, (_, i) => i),
    offset: new Float64Array(rows),
    length: new Float64Array(rows).fill(3 * size * size),
    format: new Uint8Array(rows).fill(1),
    width: new Int32Array(rows).fill(size),
    height: new Int32Array(rows).fill(size),
    channels: new Uint8Array(rows).fill(3),
    label: Int32Array.from({ length: rows }, (_, i) => i % 3),
  }
}

export const orderOf = (rows: number) => Int32Array.from({ length: rows }, (_, i) => i)

/** Pooled features of `pixelTable`. */
export async function pixelFeatures(session: Session, rows: number): Promise<Features> {
  const loader = new Loader(pixelTable(rows), loaderOptions)
  const features = session.createFeatures()
  loader.start(orderOf(rows), 0)
  while ((await session.appendFeatures(loader, features, 'fp32')).length > 0);
  loader.dispose()
  return features
}

/** All parameters but the fixed positions, in one group. */
export function trainingConfig(names: readonly string[]): TrainingConfig {
  return {
    optimizer: 'adamw',
    beta1: 0.9,
    momentum: 0,
    beta2: 0.999,
    epsilon: 1e-8,
    groups: [
      { names: names.filter((name) => name !== 'pos_embed'), learningRateScale: 1, weightDecay: 0.05 },
    ],
    precision: 'fp32',
    loss: 'cross-entropy',
    labelSmoothing: 0.1,
    classWeights: [],
    mixup: 0,
    cutmix: 0,
    mixupSwitchProbability: 0,
    microBatch: 0,
    clipGradient: 0,
    dropPath: 0,
    average: 0,
    checkpointing: false,
  }
}
