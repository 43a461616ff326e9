/** What the loop trains: a head on kept features, or an encoder with its head on pictures. */
import type { BestMetric, FreezeStageConfig, RecipeConfig } from '../config'
import type { ModelDescription } from '../inference'
import type { NamedTensors, Session, StepMeans } from '../native'
import type { Preparation } from './prefix-cache'
import type { Choice } from './sweep'
import type { Validation } from './validation-metrics'

/** A picture that could not be read, left out under `onBadImage: 'skip'`. */
export interface LeftOut {
  readonly file: string
  readonly reason: string
}

export interface Learner {
  readonly session: Session
  readonly config: RecipeConfig
  /** Pictures that are computed at a time: the recipe's batchSize, or as many as memory has turned out to hold. */
  readonly microBatch: number
  useMicroBatch(pictures: number): Promise<void>
  /** In order; the first begins at epoch 0. */
  readonly stages: readonly FreezeStageConfig[]
  readonly stepsPerEpoch: number
  /** The metric of validation that the best epoch is chosen by, and early stopping judges by. */
  readonly chosenBy: BestMetric
  readonly model: ModelDescription
  /** Hyper-parameters that were chosen before it trains; `config` has them. */
  readonly choice?: Choice
  /** It learns in one step, which is not tried before the run. */
  readonly atOnce?: boolean
  /** What holds the tensors of a checkpoint's state. */
  readonly trained: NamedTensors
  /** Names of tensors that a checkpoint's state needs beside the model: optimizer, generator, standardisation, means not read yet. */
  stateNames(): Promise<string[]>
  /** Does `work` with the weights that are the model in the parameters' place: averages where there are some. */
  withModel<T>(work: () => Promise<T>): Promise<T>
  /** The model is written with every checkpoint; else (a frozen encoder) at the end only. */
  readonly savesModel: boolean
  /** Numbers that tell what it learns from; not those of its checkpoint: the checkpoint was written by another encoder. */
  trace?(): Promise<Float32Array>
  /** Names of the parameters that train in `stage`. */
  trainable(stage: FreezeStageConfig): string[]
  /** Sets them training, with this weight decay; the learning rate of those that are new in `stage` times `warmup`. */
  configure(stage: FreezeStageConfig, weightDecay: number, warmup?: number): Promise<void>
  /** Makes what the epoch needs and may take long; before startEpoch(), with the epoch's stage configured. */
  prepareEpoch?(epoch: number, preparation: Preparation): Promise<void>
  /** Begins an epoch at update `first`. */
  startEpoch(epoch: number, first: number): void
  /** One update; resolves with its samples, 0 when the epoch is over. */
  step(index: number, learningRate: number): Promise<number>
  /** Of its updates since the last reading. @throws ERR_LOSS_NOT_FINITE where it cannot leave out an update that is not */
  readMeans(): Promise<StepMeans>
  /** Absent: there is no validation set. */
  validate?(signal?: AbortSignal): Promise<Validation>
  /** One batch of the validation set, its result thrown away. */
  tryValidation?(signal?: AbortSignal): Promise<void>
  /** Printable names of samples, for messages. */
  sampleNames(samples: Int32Array): string[]
  /** Pictures of training and validation left out so far. */
  leftOut(): LeftOut[]
  dispose(): Promise<void>
}
