/** What a run works on: encoder, data, device and seed, as the Trainer has resolved them. */
import type { LinearKernel } from '../../binding.gyp'
import type { HeadFeatures } from '../checkpoint'
import type { LinearProbeConfig, PreprocessingConfig, RecipeConfig } from '../config'
import { epochOrder, subset, type Dataset, type Split } from '../dataset'
import { createModel, imageSizeOf, type Encoder, type ModelDescription } from '../inference'
import type { Session } from '../native'
import type { Repetition } from './repetition'

export type RunKind = 'linear-probe' | 'finetune'

export interface Plan {
  readonly encoder: Encoder
  readonly dataset: Dataset
  readonly preprocessing: PreprocessingConfig
  /** 'cpu' or 'cuda:N'. */
  readonly device: string
  readonly threads: number
  readonly linearKernel: LinearKernel
  readonly seed: number
  /** Bytes that CPU tensors may take; absent: what is free when a job begins. */
  readonly memoryLimit?: number
  /** As data.groupBy: pictures of a group stay together wherever train is parted. */
  readonly groupBy?: string
  /** False: these groups leave nothing that could be held out of train. */
  readonly holdsOut?: boolean
  /** Which of several runs of one recipe it is for. */
  readonly repetition?: Repetition
  /** What a person should know about the encoder and the preprocessing before a run. */
  readonly warnings: readonly string[]
  /** How pictures are read outside augmentation. */
  readonly loading: {
    readonly geometry: Encoder['geometry']
    readonly preprocessing: PreprocessingConfig
    readonly threads: number
    readonly alpha: 'white' | 'ignore'
    readonly onBadImage: 'throw' | 'skip'
  }
}

/** The plan with so many of its pictures, drawn by its seed; classes weigh what they weigh among all. */
export function fewPictures(plan: Plan, { train, validation }: { train: number; validation: number }): Plan {
  const { dataset, seed } = plan
  const few = (split: Split, count: number): Split => ({
    ...subset(split, epochOrder(split.labels.length, seed, 0).slice(0, count)),
    perClass: split.perClass,
  })
  const { validation: all, ...rest } = dataset
  const judged = all && validation > 0 ? { validation: few(all, validation) } : {}
  return { ...plan, dataset: { ...rest, train: few(dataset.train, train), ...judged } }
}

/** A fine-tune has the last block's. */
type WithFeatures = RecipeConfig & Partial<Pick<LinearProbeConfig, 'features' | 'head' | 'normalize'>>

/** What a head may see at most. */
const widest = (features: LinearProbeConfig['features']): HeadFeatures =>
  features === 'both' ? 'last4' : features

/** The plan's encoder with a new head, in a session of its own. */
export function createPlannedModel(
  plan: Plan,
  { pooling, headInit, features = 'last', normalize = false }: WithFeatures,
  signal: AbortSignal | undefined,
): Promise<Session> {
  const { encoder, dataset, preprocessing, device, threads, linearKernel, seed } = plan
  const { geometry } = encoder
  const classes = dataset.classes.length
  const weights = { geometry, plan: encoder.plan, seed: encoder.seed ?? seed }
  return createModel(
    {
      ...weights,
      classes,
      pooling,
      features: widest(features),
      normalize,
      preprocessing,
      device,
      threads,
      linearKernel,
      headInit,
    },
    signal,
  )
}

/** What is written beside the weights of a checkpoint; no time and no path is in it. */
export function describeModel(
  plan: Plan,
  { pooling, features = 'last', normalize = false, head }: WithFeatures,
  kind: RunKind,
): ModelDescription {
  const { encoder, dataset, preprocessing, seed } = plan
  const { format, weights } = encoder.info
  return {
    geometry: encoder.geometry,
    classes: dataset.classes,
    preprocessing,
    imageSize: imageSizeOf(encoder.geometry),
    pooling,
    features: widest(features),
    normalize,
    neighbors: head === 'neighbors',
    multiLabel: dataset.multiLabel,
    // `weights` says which encoder it came from; checkpoints are read back with it.
    origin: { kind, weights, encoderFormat: format, dataFingerprint: dataset.fingerprint, seed },
  }
}
