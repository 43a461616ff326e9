/**
 * The public vocabulary: every option, event and result that crosses the library's face. Types only; every module may import it.
 */
import type { Classifier } from './classifier'

// ---- sources
export type Device = 'auto' | 'cpu' | 'cuda' | `cuda:${number}` // 'auto': CUDA when it really works, else the CPU, and says which
export type Precision = 'fp32' | 'bf16' | 'fp16' // training: bf16 where the hardware has it, else fp32; validation, evaluate and Classifier.load: fp32 unless asked, named in the report
export type ArchitectureName = 'vit_tiny' | 'vit_small' | 'vit_base' | 'vit_large' | 'vit_huge' | 'vit_giant'
export type ImageSize = number | { height: number; width: number }
export interface Architecture {
  embedDim: number
  depth: number
  heads: number
  mlpRatio?: number
}

export type EncoderSource =
  | string // official .pth.tar | .safetensors | Hugging Face folder or id | a run folder
  | {
      from: string
      weights?: 'target_encoder' | 'encoder'
      heads?: number
      imageSize?: ImageSize
      positions?: 'interpolate' | 'regenerate'
    } // default weights: target_encoder, as in the paper (hub and timm weights are the context encoder: said so)
  | { architecture: ArchitectureName | Architecture; patchSize: number; imageSize: ImageSize; seed?: number } // random weights

export type Source =
  string | readonly string[] | readonly Sample[] | { images: string; labels: string; synsets?: string } // folder of class folders | .tar (class folders, or WebDataset shards) | .csv/.jsonl/.parquet manifest | IDX pair | CIFAR binary; the last form: a flat folder or tar with a label file (ImageNet's validation set and its devkit)
export interface Sample {
  image: string
  label: string | readonly string[]
  group?: Readonly<Record<string, string>>
}
export interface DataOptions {
  train: Source
  validation?: Source | { fraction: number } | 'none' // default: a stratified, seeded 10 % of train; 'none': all of train is trained on, the last epoch is the best, epoch events carry no validation
  test?: Source // never used to choose anything
  classes?: readonly string[] // default: code-point order of train's names, as torchvision's; matched by name ever after, saved with the classifier
  subset?: { fraction?: number; perClass?: number; list?: string; seed?: number } // of train: stratified, nested
  groupBy?: string // regular expression on the path, or a manifest column: a group (patient, film) stays on one side of a split
  onBadImage?: 'throw' | 'skip' // default 'throw', naming the file; 'skip' counts and lists them in the report
  alpha?: 'white' | 'ignore'
}
export type ImageInput =
  string | Uint8Array | { data: Uint8Array; width: number; height: number; channels: 1 | 3 | 4 } // path | encoded bytes | raw RGB(A) or grey pixels, row-major
export interface Preprocessing {
  // default for a bare encoder: shortest side to floor(size / 0.875), bicubic, centre crop, ImageNet statistics; for a saved classifier: its own file is law
  resize?: 'shortest' | 'squash' | 'pad'
  cropFraction?: number
  interpolation?: 'bicubic' | 'bilinear'
  mean?: readonly [number, number, number]
  std?: readonly [number, number, number]
}

// ---- training
export interface TrainerOptions {
  encoder: EncoderSource
  data: DataOptions
  preprocessing?: Preprocessing
  device?: Device
  threads?: number // default: the processors that the container really grants
  seed?: number
  directory?: string
  signal?: AbortSignal // directory of runs, default 'runs'; a run folder's name gets a number rather than overwrite one
}
export interface Control {
  signal?: AbortSignal
  onEvent?: (event: TrainEvent) => void
  progress?: 'auto' | 'bar' | 'plain' | 'none'
  interrupt?: boolean
  logEvery?: number
} // interrupt: SIGINT aborts the run (default in tslab and in the scripts only); logEvery: updates between step events (1 on a CPU, 20 on CUDA)
export interface Recipe extends Control {
  preset?: string
  epochs?: number
  timeBudgetSeconds?: number
  batchSize?: number | 'auto'
  gradientAccumulation?: number
  learningRate?: number
  baseLearningRate?: number // absolute, or per 256 images of effective batch: one of the two
  minLearningRate?: number
  warmupEpochs?: number
  schedule?: 'cosine' | 'step' | 'constant'
  stepEpochs?: number
  stepGamma?: number
  optimizer?: 'adamw' | 'sgd' | 'lars'
  betas?: readonly [number, number]
  momentum?: number
  weightDecay?: number
  weightDecayEnd?: number
  clipGradient?: number // weightDecayEnd: reached by a cosine
  precision?: Precision
  augmentation?: Augmentation
  dropLast?: boolean
  headInit?: 'zero' | number
  saveEvery?: number
  earlyStopping?: { patience: number; metric?: string }
  name?: string // dropLast default: finetune true, probes false; headInit: a number is the deviation of a truncated normal
}
export interface LinearProbeOptions extends Recipe {
  features?: 'last' | 'last4' | 'both'
  head?: 'linear' | 'batchnorm-linear' | 'both' | 'attentive'
  standardize?: boolean
  cache?: boolean | string
  views?: number
  sweep?: Sweep
  k?: readonly number[]
  temperature?: number
  c?: readonly number[]
} // standardize: by train's mean and deviation + 1e-6, folded into the saved head
export interface FinetuneOptions extends Recipe {
  layerDecay?: number
  dropPath?: number
  labelSmoothing?: number
  mixup?: number
  cutmix?: number
  mixupSwitchProbability?: number
  ema?: number | false
  views?: number
  freeze?: readonly FreezeStage[]
  checkpointing?: boolean
  pooling?: 'norm_then_mean' | 'mean_then_norm'
  loss?: 'cross-entropy' | 'binary-cross-entropy'
  classWeights?: 'none' | 'balanced' | Readonly<Record<string, number>>
}
export interface FreezeStage {
  from: number // epoch, from 0; stages are in order
  train: readonly string[] // 'head' | 'all' (everything but pos_embed) | 'norm' (every LayerNorm) | 'norm.' (the final one) | 'bias' (every bias) | 'blocks.8' | 'blocks.0..5' (both ends included) | 'blocks.-4..' (to the end, the final norm with it) | 'patch_embed' | 'pos_embed' | a parameter name or prefix
  learningRateScale?: number
}
export type TrainEvent =
  | {
      type: 'start'
      directory: string
      config: Readonly<Record<string, unknown>>
      parameters: { total: number; trainable: number }
    }
  | { type: 'stage'; epoch: number; trainable: readonly string[]; parameters: number }
  | {
      type: 'step'
      step: number
      steps: number
      epoch: number
      loss: number
      learningRate: number
      gradientNorm: number
      imagesPerSecond: number
      etaSeconds: number
    } // means since the last one
  | {
      type: 'epoch'
      epoch: number
      epochs: number
      train: Metrics
      validation?: Metrics
      best: boolean
      seconds: number
    }
  | { type: 'evaluate'; suite: string; done: number; total: number }
  | { type: 'checkpoint'; path: string }
  | { type: 'warning'; code: string; message: string }
  | { type: 'done'; run: Run }
/**
 * Await it for the result, iterate it for the events, or both. Iterating marks its rejection as handled; `break` detaches and does
 * not abort; one iterator; of step events at most the newest 1,000 wait, of others all. Keep the object itself
 * (`const run = trainer.finetune(…)`): what an async function returns has lost the iterator.
 */
export type RunPromise = Promise<Run> & AsyncIterable<TrainEvent>
export type ReportPromise = Promise<Report> & AsyncIterable<TrainEvent>
export interface Metrics {
  loss: number
  top1?: number
  top5?: number
  [name: string]: number | undefined
} // fractions, 0 to 1; multi-label: mAP and F1 in place of top1
export interface Run {
  readonly kind: 'linear-probe' | 'finetune'
  readonly directory: string
  readonly config: Readonly<Record<string, unknown>>
  readonly history: readonly Extract<TrainEvent, { type: 'epoch' }>[]
  readonly best: { epoch: number; metrics: Metrics }
  classifier(which?: 'best' | 'last'): Promise<Classifier>
}

// ---- using and judging
export interface PredictOptions {
  topK?: number
  batchSize?: number
  calibrated?: boolean
  signal?: AbortSignal
} // topK default: min(5, classes); calibrated: by the stored temperature, default false
export interface Prediction {
  label: string
  index: number
  probability: number
}
export interface EvaluateOptions extends Control {
  split?: 'validation' | 'test' | Source // default: test when there is one; validation is marked "also used for choosing the epoch"
  suites?: 'all' | readonly ('accuracy' | 'labelEfficiency' | 'robustness' | 'bias')[]
  budget?: 'quick' | 'full'
  maxImages?: number
  seeds?: number
  labelsPerClass?: readonly number[]
  fractions?: readonly number[]
  corruptions?: readonly string[]
  severities?: readonly number[]
  groups?: readonly string[]
  thumbnails?: boolean
  lists?: readonly string[]
  shifts?: readonly { name: string; source: Source; classMap?: Readonly<Record<string, string>> }[]
  cueConflict?: string
  threshold?: number
}
export interface Report {
  readonly data: ReportData
  save(directory: string): Promise<void>
  toMarkdown(): Promise<string>
  toHtml(): Promise<string>
  display(): void
} // report.json, report.html, report.md, predictions.csv, plots/*.csv; display: inline in tslab
export interface ReportData {
  readonly formatVersion: number
  readonly [section: string]: unknown
} // JSON Schema in the project
export interface Scores {
  readonly samples: number
  readonly top1: number
  readonly top5?: number
  readonly nll: number
  readonly brier: number
  readonly ece: number
  readonly adaptiveEce: number
  readonly maxCalibrationError: number // top5: from six classes on; non-finite logits: ERR_NOT_FINITE
  readonly macroF1: number
  readonly weightedF1: number
  readonly meanPerClassAccuracy: number
  readonly auroc?: number
  readonly cohenKappa: number
  readonly mcc: number
  readonly confusion: readonly (readonly number[])[]
  readonly perClassAccuracy: readonly number[] // rows: true class
  readonly perGroupTop1?: Readonly<Record<string, number>>
  readonly worstGroupTop1?: number
}
export interface CheckpointInfo {
  readonly format: string
  readonly architecture: {
    embedDim: number
    depth: number
    heads?: number
    mlpRatio: number
    name?: ArchitectureName
  }
  readonly patchSize: number
  readonly imageSize: ImageSize
  readonly weights: string
  readonly parameters: number
  readonly dtype: string
  readonly [more: string]: unknown
}
export interface DataSummary {
  readonly classes: readonly string[]
  readonly splits: Readonly<Record<string, { images: number; perClass: readonly number[] }>>
  readonly skipped: readonly { file: string; reason: string }[]
  readonly [more: string]: unknown
}

// ---- the rest of the vocabulary
export interface Augmentation {
  crop?: { scale: readonly [number, number]; ratio?: readonly [number, number]; retries?: boolean }
  flip?: number
  randAugment?: string
  colorJitter?: number
  erasing?: number
  interpolation?: 'bicubic' | 'bilinear'
}
export interface Sweep {
  learningRates?: readonly number[]
  weightDecays?: readonly number[]
  select?: { fraction: number }
} // chosen on held-out training data
export interface LearningRateCurve {
  readonly learningRates: readonly number[]
  readonly losses: readonly number[]
  readonly suggestion: number
}
export interface Estimate {
  readonly bytes: number
  readonly imagesPerSecond: number
  readonly seconds: number
  readonly batchSize: number
}
