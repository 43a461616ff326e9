/** What resolving gives: complete, frozen, JSON-serialisable configurations in which every value is concrete. */
import type { Augmentation, DataOptions, Device, EncoderSource, EvaluateOptions, Preprocessing } from '../api'
import type { BestMetric } from './best-metric'
import type { RandAugmentConfig } from './rand-augment'

/** What a recipe is resolved for: the encoder, the training pictures and the hardware. */
export interface RecipeContext {
  /** Transformer blocks of the encoder. */
  readonly depth: number
  /** Width of the encoder's tokens. */
  readonly embedDim: number
  /** Pictures that are trained on. */
  readonly trainImages: number
  readonly classes: number
  /** False: a class has no picture that is trained on. */
  readonly everyClass?: boolean
  /** False: no training pictures can be held out to choose by, since groups keep whole classes together. */
  readonly holdsOut?: boolean
  /** A picture may have several classes. */
  readonly multiLabel?: boolean
  /** False: there is no validation set. */
  readonly validates?: boolean
  /** The run's device is a CUDA one. */
  readonly cuda: boolean
  /** The run's device computes bf16 in hardware. */
  readonly bf16: boolean
}

export type PreprocessingConfig = Readonly<Required<Preprocessing>>

export interface DataConfig extends DataOptions {
  readonly validation: NonNullable<DataOptions['validation']>
  readonly onBadImage: 'throw' | 'skip'
  readonly alpha: 'white' | 'ignore'
}

export interface TrainerConfig {
  readonly encoder: EncoderSource
  readonly data: DataConfig
  /** As given; `resolvePreprocessing` completes it when the encoder's folder is known. */
  readonly preprocessing: Readonly<Preprocessing>
  readonly device: Device
  /** Absent: the processors that the container grants. */
  readonly threads?: number
  /** Absent: what is free when a job begins. */
  readonly memoryLimit?: number
  readonly seed: number
  readonly directory: string
}

export interface AugmentationConfig {
  readonly crop: Required<NonNullable<Augmentation['crop']>>
  /** Probability of a horizontal flip. */
  readonly flip: number
  /** Null: none. */
  readonly randAugment: RandAugmentConfig | null
  /** Zeros: none. */
  readonly colorJitter: {
    readonly brightness: number
    readonly contrast: number
    readonly saturation: number
    readonly hue: number
  }
  /** Probability of random erasing. */
  readonly erasing: number
  readonly erasingMode: 'pixel' | 'rand' | 'const'
  readonly interpolation: 'bicubic' | 'bilinear'
}

/** What the loop, the schedule and the optimizer need of any recipe. */
export interface RecipeConfig {
  /** Name of the preset that the values started from. */
  readonly preset: string
  /** Why the preset, or 'auto', chose what it did by the encoder, the data and the memory, by option; absent where nothing was chosen so. */
  readonly presetReasons?: Readonly<Record<string, string>>
  readonly epochs: number
  /** Null: no limit. */
  readonly timeBudgetSeconds: number | null
  /** Pictures that are computed at a time. */
  readonly batchSize: number
  /** Batches in an update; together never more than the training pictures. */
  readonly gradientAccumulation: number
  /** Absolute peak rate; a base rate has been multiplied by the pictures in an update / 256. */
  readonly learningRate: number
  readonly minLearningRate: number
  readonly warmupEpochs: number
  readonly schedule: 'cosine' | 'step' | 'constant'
  /** Schedule 'step': epochs between multiplications by stepGamma. */
  readonly stepEpochs: number
  readonly stepGamma: number
  readonly optimizer: 'adamw' | 'sgd' | 'lars'
  readonly betas: readonly [number, number]
  /** Of 'sgd' and 'lars'. */
  readonly momentum: number
  readonly epsilon: number
  readonly weightDecay: number
  /** Equal to weightDecay: constant. */
  readonly weightDecayEnd: number
  /** Largest L2 norm of all gradients; 0: no clipping. */
  readonly clipGradient: number
  readonly precision: 'fp32' | 'bf16' | 'fp16'
  readonly dropLast: boolean
  /** Deviation of the truncated normal of the head's weights; 0: zeros. */
  readonly headInit: number
  /** Epochs between two saves of the run's state. */
  readonly saveEvery: number
  /** Null: never. */
  readonly earlyStopping: {
    readonly patience: number
    readonly metric: BestMetric
  } | null
  /** Name of the run's folder within the directory of runs, before it gets a number. */
  readonly name: string
  readonly pooling: 'norm_then_mean' | 'mean_then_norm' | 'vjepa_attentive' | 'capi_attentive'
  /** What was changed or looks doubtful; to be shown before the run. */
  readonly warnings: readonly string[]
}

/**
 * What a probe tries beside its kinds of features and heads, its `c` or its `k`: the best is taken, and all of train is trained on
 * with it. The lists are empty where nothing is trained by updates.
 */
export interface SweepConfig {
  readonly learningRates: readonly number[]
  readonly weightDecays: readonly number[]
  /** What chooses: a part of train that is held out from it, or the validation set. */
  readonly select: { readonly fraction: number } | 'validation'
}

/** Encoder frozen, features computed once in `precision`; the head trains in fp32, with weight decay on weight and bias. */
export interface LinearProbeConfig extends RecipeConfig {
  /** The last block's pooled tokens, or those of the last four blocks side by side, each through the final norm. */
  readonly features: 'last' | 'last4' | 'both'
  /**
   * 'attentive': a pooler trains with a linear head, on the encoder's last tokens; matrices and query alone decay. 'logistic' and
   * 'neighbors' are fitted at once, without updates.
   */
  readonly head: 'linear' | 'batchnorm-linear' | 'both' | 'attentive' | 'logistic' | 'neighbors'
  readonly batchNorm: 'affine' | 'plain'
  /** Of 'sgd'. */
  readonly nesterov: boolean
  /** Of 'logistic': inverse strengths of the penalty; else empty. */
  readonly c: readonly number[]
  /** Of 'logistic': it has one, without penalty. */
  readonly intercept: boolean
  /** Of 'neighbors', ascending; else empty. */
  readonly k: readonly number[]
  readonly temperature: number
  /** Binary where a picture may have several classes. */
  readonly loss: 'cross-entropy' | 'binary-cross-entropy'
  readonly standardize: boolean
  /** Each picture's features have their own mean taken off and length 1 before the head (and before they are standardised). */
  readonly normalize: boolean
  /** Null: there is nothing to choose. */
  readonly sweep: SweepConfig | null
  /** Where features are kept: true: the default folder; or this one (absolute). */
  readonly cache: boolean | string
  /** Fixed augmented views of each picture, which epochs take in turn; null: the pictures as they are evaluated. */
  readonly views: number | null
  /** Null without views; an attentive probe may draw ever new ones. */
  readonly augmentation: AugmentationConfig | null
  readonly pooling: 'norm_then_mean' | 'vjepa_attentive' | 'capi_attentive'
}

export interface FreezeStageConfig {
  readonly from: number
  readonly train: readonly string[]
  readonly learningRateScale: number
}

export interface FinetuneConfig extends RecipeConfig {
  readonly augmentation: AugmentationConfig
  readonly layerDecay: number
  /** Drop path rate of the last block, rising linearly from 0. */
  readonly dropPath: number
  /** Decay of averaged weights; 0: none. */
  readonly ema: number
  /** Fixed augmented views of each picture, which epochs take in turn; null: ever new ones. */
  readonly views: number | null
  /** Activations are computed again in the backward pass. */
  readonly checkpointing: boolean
  readonly labelSmoothing: number
  /** Alpha of mixup and of cutmix; 0: none. */
  readonly mixup: number
  readonly cutmix: number
  /** Probability of cutmix where both are on. */
  readonly mixupSwitchProbability: number
  readonly loss: 'cross-entropy' | 'binary-cross-entropy'
  readonly classWeights: 'none' | 'balanced' | Readonly<Record<string, number>>
  /** In order; the first begins at epoch 0. */
  readonly freeze: readonly FreezeStageConfig[]
  readonly pooling: 'norm_then_mean' | 'mean_then_norm'
  /** What the best epoch is chosen by, and early stopping judges by; null in runs of older versions without early stopping. */
  readonly bestBy: BestMetric | null
}

export interface EvaluateConfig {
  /** Null: test where there is one, else validation. */
  readonly split: NonNullable<EvaluateOptions['split']> | null
  /** Accuracy is one of them. */
  readonly suites: readonly Suite[]
  readonly budget: 'quick' | 'full'
  readonly labelEfficiency: LabelEfficiencyConfig
  readonly robustness: RobustnessConfig
  /** Whether the bias suite also says what decisions change with. */
  readonly sensitivity: boolean
  /** Of robustness and sensitivity: pictures at most; null: all, with the quick budget as many as its time allows. */
  readonly maxImages: number | null
  /** Of the bias suite: columns, or several joined by '+'; empty: all that there are. */
  readonly groups: readonly string[]
  /** Other data sets of the same classes. */
  readonly shifts: readonly ShiftConfig[]
  /** File of reassessed labels (ReaL); null: none. */
  readonly realLabels: string | null
  /** Folder of pictures whose shape and texture are of different categories; null: none. */
  readonly cueConflict: string | null
  /** From which probability on a class is claimed, where a picture may have several; null: not given, which is 0.5. */
  readonly threshold: number | null
  /** Of the forward pass that everything is judged by. */
  readonly precision: 'fp32' | 'bf16' | 'fp16'
  /** A probe's report has the health of the representation. */
  readonly health: boolean
  /** The most confident mistakes are shown as pictures in the report. */
  readonly thumbnails: boolean
}

export type Suite = 'accuracy' | 'labelEfficiency' | 'robustness' | 'bias'

/** Which parts of train the label-efficiency suite trains on. */
export interface LabelEfficiencyConfig {
  readonly labelsPerClass: readonly number[]
  readonly fractions: readonly number[]
  /** Files that list training pictures. */
  readonly lists: readonly string[]
  /** Draws of each part. */
  readonly seeds: number
}

/** What the robustness suite does to pictures. */
export interface RobustnessConfig {
  readonly corruptions: readonly string[]
  readonly severities: readonly number[]
  /** Which of them were given: the quick budget may lessen what was not. */
  readonly given: { readonly corruptions: boolean; readonly severities: boolean }
}

export type ShiftConfig = NonNullable<EvaluateOptions['shifts']>[number]
