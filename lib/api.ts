/**
 * The public vocabulary: every option, event and result that crosses the library's face. Types only; every module may
 * import it. Options that this version does not implement are listed in lib/config/unsupported.ts and refused by name.
 */
import type { Classifier } from './classifier'

declare global {
  /** As in TypeScript's own `esnext.disposable`, for programs that are compiled without it. */
  interface SymbolConstructor {
    readonly asyncDispose: unique symbol
  }
}

// ---------------------------------------------------------------- encoder

/** Where the computing happens; 'auto' is CUDA when it really works, else the CPU, and the report says which. */
export type Device = 'auto' | 'cpu' | 'cuda' | `cuda:${number}`

/**
 * Arithmetic of the forward pass; parameters, loss and optimizer are always float32.
 * Fine-tuning defaults to bf16 where the hardware has it, all else to fp32; the report names it.
 */
export type Precision = 'fp32' | 'bf16' | 'fp16'

/** Shapes with names, as the official vision_transformer.py defines them. */
export type ArchitectureName = 'vit_tiny' | 'vit_small' | 'vit_base' | 'vit_large' | 'vit_huge' | 'vit_giant'

/** Pixels of the square that goes into the encoder, or of its two sides; multiples of the patch size. */
export type ImageSize = number | { height: number; width: number }

/** A vision transformer's shape. */
export interface Architecture {
  /** Width of the tokens; a multiple of `heads`. */
  embedDim: number
  /** Number of transformer blocks. */
  depth: number
  /** Attention heads of each block. */
  heads: number
  /** Hidden width of the MLP divided by `embedDim`. @default 4 */
  mlpRatio?: number
}

/**
 * Where the encoder comes from: an official `.pth.tar`, a `.safetensors`, a Hugging Face folder or a run folder; the
 * same with choices; or random weights of a given shape.
 */
export type EncoderSource =
  | string
  | {
      /** Checkpoint file or folder. */
      from: string
      /**
       * Which encoder of the checkpoint. The paper evaluates the target encoder; weights on the Hugging Face hub and in
       * timm are the context encoder's, and the report says so. @default 'target_encoder'
       */
      weights?: 'target_encoder' | 'encoder'
      /** Attention heads, where the file does not say (ERR_HEADS_UNKNOWN). */
      heads?: number
      /** Pixels of the pictures. @default the checkpoint's */
      imageSize?: ImageSize
      /** Position embeddings at another image size: bicubic, or the sine-cosine formula again. @default 'interpolate' */
      positions?: 'interpolate' | 'regenerate'
    }
  | {
      /** Random weights by the official constructor's initialisation. */
      architecture: ArchitectureName | Architecture
      /** Pixels of a patch's side. */
      patchSize: number
      imageSize: ImageSize
      /** Seed of the weights. @default the trainer's */
      seed?: number
    }

// ---------------------------------------------------------------- pictures

/**
 * Labelled pictures: a folder of class folders; a .tar (class folders, or WebDataset shards); a .csv, .jsonl or .parquet
 * manifest; an IDX pair; CIFAR-10's or CIFAR-100's binaries (a file, or their folder); several of them; samples; or a flat folder or tar of `images` with a file of
 * `labels` (ImageNet's validation set, with `synsets` of its devkit; CelebA's list_attr_celeba.txt, in which `labelColumn` names the
 * attribute that is the class, the others being columns for groups, and `splits` the list_eval_partition.txt, by default that beside
 * it).
 */
export type Source =
  | string
  | readonly string[]
  | readonly Sample[]
  | { images: string; labels: string; synsets?: string; labelColumn?: string; splits?: string }

/** One labelled picture. */
export interface Sample {
  /** Path of the picture. */
  image: string
  /** Its class; several of a multi-label picture. */
  label: string | readonly string[]
  /** Attributes to report by, such as `{ hospital: 'A' }`. */
  group?: Readonly<Record<string, string>>
}

/** What is trained on, chosen by, and tested on. Classes are matched by name between splits. */
export interface DataOptions {
  /** Pictures to train on. */
  train: Source
  /**
   * Pictures that the best epoch is chosen by; 'none': all of train is trained on, the last epoch is the best, and epoch
   * events carry no validation. @default { fraction: 0.1 }, stratified and seeded
   */
  // eslint-disable-next-line @typescript-eslint/no-redundant-type-constituents -- words that are not paths
  validation?: Source | { fraction: number } | 'none'
  /** Pictures that nothing is ever chosen by. */
  test?: Source
  /** Classes in order, saved with the classifier. @default train's names by code points, as torchvision's ImageFolder */
  classes?: readonly string[]
  /** Which labels of CIFAR-100's binaries are meant: its 100 classes, or the 20 that they belong to. @default 'fine' */
  labels?: 'fine' | 'coarse'
  /** A part of train: stratified, seeded, nested (a larger part holds the smaller one); one of the three ways. */
  subset?: { fraction?: number; perClass?: number; list?: string; seed?: number }
  /** Regular expression on the path, or a manifest's column: a group (patient, film) stays on one side of a split. */
  groupBy?: string
  /** A picture that cannot be read: fails and is named, or is left out, counted and listed. @default 'throw' */
  onBadImage?: 'throw' | 'skip'
  /** Transparency: composited on white, or dropped as Pillow's `convert('RGB')` does. @default 'white' */
  alpha?: 'white' | 'ignore'
}

/** A picture: its path, its encoded bytes, or raw grey, RGB or RGBA pixels, uint8 and row-major `[H, W, C]`. */
export type ImageInput =
  string | Uint8Array | { data: Uint8Array; width: number; height: number; channels: 1 | 3 | 4 }

/** How a picture becomes the encoder's input. A saved classifier's own file is law; the defaults are a bare encoder's. */
export interface Preprocessing {
  /** Shortest side and centre crop; both sides stretched; or the longest side, and bars. @default 'shortest' */
  resize?: 'shortest' | 'squash' | 'pad'
  /** The shortest side becomes floor(size / cropFraction). Above 0, up to 1. @default 0.875 */
  cropFraction?: number
  /** Filter, always antialiased. @default 'bicubic' */
  interpolation?: 'bicubic' | 'bilinear'
  /** Mean of the R, G, B channels in [0, 1]. @default [0.485, 0.456, 0.406], ImageNet's */
  mean?: readonly [number, number, number]
  /** Deviation of the channels; above 0. @default [0.229, 0.224, 0.225], ImageNet's */
  std?: readonly [number, number, number]
}

// ---------------------------------------------------------------- training

/** What a Trainer is made of. */
export interface TrainerOptions {
  encoder: EncoderSource
  data: DataOptions
  /** @default a bare encoder's; see Preprocessing */
  preprocessing?: Preprocessing
  /** @default 'auto' */
  device?: Device
  /** Threads that compute and load; from 1 to 1,024. @default the processors that the container really grants */
  threads?: number
  /**
   * Bytes that tensors may take on a CPU, in all of the process; a whole number from 1. An update that needs more is computed in
   * smaller parts, with a warning; one that needs more for a single picture ends the run. On a GPU its memory is the limit.
   * @default nine tenths of what machine and container have free when a run begins
   */
  memoryLimit?: number
  /** Seed of every draw: split, order, crops, head. A whole number from 0. @default 0 */
  seed?: number
  /** Directory of runs; a run folder's name gets a number rather than overwrite one. @default 'runs' */
  directory?: string
  /** Aborts the preparation. */
  signal?: AbortSignal
}

/** How a run is watched and stopped; nothing here changes its result. */
export interface Control {
  /** Aborts the run: the promise rejects with the signal's reason after the last whole update's state is on its way to disk. */
  signal?: AbortSignal
  /** Called with every event, in order. */
  onEvent?: (event: TrainEvent) => void
  /** What is drawn: 'auto' is a bar on a terminal, plain lines elsewhere. @default 'auto' */
  progress?: 'auto' | 'bar' | 'plain' | 'none'
  /** SIGINT aborts the run. @default true in tslab and in the scripts, else false */
  interrupt?: boolean
  /** Updates between step events; a whole number from 1. @default 1 on a CPU, 20 on CUDA */
  logEvery?: number
}

/** What every recipe has. Values start from the preset; what is given wins. */
export interface Recipe extends Control {
  /**
   * Named recipe. 'auto', of a linear probe: the strongest that the number of pictures allows, unless an option of updates is given
   * (lib/config/auto-probe.ts has the rule and what it was measured by). @default 'auto' for a linear probe, 'small' for a fine-tune
   */
  preset?: string
  /** Passes over the training pictures; a whole number from 1. @default the preset's */
  epochs?: number
  /**
   * The run ends after the update in which this time is over, its epoch is judged and saved as it is then, and a warning says
   * so. The time of all sessions counts, from the first update on: a probe's encoding is before it. Above 0. @default no limit
   */
  timeBudgetSeconds?: number
  /**
   * Pictures that are computed at a time, from 1 (never more than there are). 'auto', of a fine-tune: the largest number that
   * memory holds and that divides the pictures of an update (on a CPU at most 64), found by a few updates on a model of its own;
   * the update is the preset's `batchSize` times `gradientAccumulation` pictures all the same, which is then raised. The number
   * is printed, and kept in config.json. Of a probe, the preset's. Where memory runs out later all the same, a warning says so
   * and the run goes on with half as many at a time. A number beside a preset that accumulates (512 or 1,024 pictures an update)
   * keeps the pictures of the update, unless gradientAccumulation is given, too.
   * @default the preset's
   */
  batchSize?: number | 'auto'
  /**
   * Batches in an update: the result is that of one batch of `batchSize · gradientAccumulation` pictures, with the activations
   * of `batchSize` in memory. A whole number from 1. @default the preset's, else 1
   */
  gradientAccumulation?: number
  /** Peak learning rate, absolute; above 0. Exclusive with `baseLearningRate`. @default the preset's */
  learningRate?: number
  /** Peak learning rate for 256 pictures in an update, scaled linearly to those of this run; above 0. */
  baseLearningRate?: number
  /** Learning rate at the end of a cosine, and the least of a step schedule; from 0. @default probe 0, fine-tune 1e-6 */
  minLearningRate?: number
  /** Epochs in which the learning rate rises linearly from 0; may be a fraction. @default probe 0, fine-tune a tenth of `epochs` */
  warmupEpochs?: number
  /** Learning rate after the warm-up. @default 'cosine' */
  schedule?: 'cosine' | 'step' | 'constant'
  /** Schedule 'step': epochs between two steps; above 0. @default 0.3 of `epochs` */
  stepEpochs?: number
  /** Schedule 'step': factor of each step; above 0, up to 1. @default 0.1 */
  stepGamma?: number
  /** AdamW, SGD with Nesterov's momentum, or LARS (arXiv 1708.03888) as MAE's probe has it. @default 'adamw', fused */
  optimizer?: 'adamw' | 'sgd' | 'lars'
  /** AdamW's decay rates; from 0, below 1. @default [0.9, 0.999] */
  betas?: readonly [number, number]
  /** Momentum of 'sgd' and 'lars'; from 0, below 1. @default 0.9 */
  momentum?: number
  /**
   * Weight decay: AdamW's is decoupled, that of the others is added to the gradient, as PyTorch's; from 0.
   * @default probe 1e-4 on weight and bias; fine-tune 0.05, none on biases, norms and positions; 'sgd' 1e-4, 'lars' 0
   */
  weightDecay?: number
  /** Weight decay at the end, reached by a cosine; from 0. @default `weightDecay` */
  weightDecayEnd?: number
  /** Largest L2 norm of all gradients together; from 0. @default 0, no clipping */
  clipGradient?: number
  /** Of the forward pass in training; in 'fp16' the loss is scaled so that no gradient is lost. @default probe 'fp32'; fine-tune 'bf16' where the hardware has it, else 'fp32' */
  precision?: Precision
  /** Random changes of the training pictures. */
  augmentation?: Augmentation
  /** Leaves out an epoch's last batch when it is not full. @default probe false, fine-tune true */
  dropLast?: boolean
  /** Head's weights: zeros, or the deviation of a truncated normal; the bias is 0. @default 0.01 */
  headInit?: 'zero' | number
  /** Epochs between two saves of the run's state; a whole number from 1. @default fine-tune 1; probe at the end */
  saveEvery?: number
  /** Ends the run after `patience` epochs without a better `metric` (the names of `bestBy`) on validation, which also chooses the epoch. @default never; metric: bestBy, or 'top1', of several labels 'mAP' */
  earlyStopping?: { patience: number; metric?: string }
  /** Name of the run's folder in `directory`. @default 'linear-probe' or 'finetune' */
  name?: string
}

/** A frozen encoder and a head on its features. */
export interface LinearProbeOptions extends Recipe {
  /**
   * Mean of the last block's normalised patch tokens [D]; or 'last4': those of the last four blocks, each through the final norm,
   * side by side, oldest first [4D] (VISSL's concatPOOL4, of the paper's transfer table). Of 'both' the better is taken, chosen as
   * a sweep chooses. @default 'last'
   */
  features?: 'last' | 'last4' | 'both'
  /**
   * A linear layer, or one behind batch norm, which is folded into the saved head; of 'both' the better is taken, chosen as a
   * sweep chooses. 'attentive': a learned query attends to the last block's normalised patch tokens, and a linear layer sees what
   * comes of it; both train, and matrices and the query alone decay. Tokens are encoded once, and kept in the run's folder while it
   * goes on; with `augmentation` and no `views` they are encoded anew for each update. It has no `standardize`, `sweep` or 'last4',
   * and its classifier is opened by this library alone. @default 'linear'
   */
  head?: 'linear' | 'batchnorm-linear' | 'both' | 'attentive'
  /**
   * Form of the attentive head: 'vjepa', V-JEPA's block (query and tokens projected, tokens normalised, then residuals and an MLP;
   * as many heads as the encoder), or 'capi', the attention alone in heads of 64. @default 'vjepa'
   */
  attention?: 'vjepa' | 'capi'
  /**
   * Batch norm before a head: 'affine' trains a scale and a shift (VISSL's eval_mlp, epsilon 1e-5), 'plain' does not (MAE's linear
   * probe, epsilon 1e-6); momentum 0.1, running statistics in evaluation. @default 'affine'
   */
  batchNorm?: 'affine' | 'plain'
  /** Momentum of optimizer 'sgd' is Nesterov's; false: the plain one (DINOv2's). @default true */
  nesterov?: boolean
  /**
   * Features are standardised by train's mean and deviation + 1e-6, which the saved head has folded in. @default true for a linear
   * head that is trained and for 'auto', else false
   */
  standardize?: boolean
  /**
   * Each picture's features have their own mean taken off and are brought to length 1, as MSN has it for few labels (arXiv
   * 2204.07141), before they are standardised where that is asked, too. The saved head does the same: this library alone opens it.
   * Not with features 'both'. @default false
   */
  normalize?: boolean
  /**
   * Features are kept on the disk, in the default or the given folder, by the content of weights, pictures, preprocessing and
   * precision: later probes of the same start at once, and one that was stopped while encoding goes on there. The results are
   * the same to the bit. On the CPU they are mapped, not read into memory. With head 'attentive' it is the tokens that are kept, while
   * the run goes on in its own folder where they are too many. In 'bf16' and 'fp16' features are kept in bfloat16, in memory too: half
   * the room. The default folder is IJEPA_FEATURE_CACHE, else features/ in IJEPA_CACHE or .cache/; of more than
   * IJEPA_FEATURE_CACHE_GB (20) what was not used for longest goes first. @default true
   */
  cache?: boolean | string
  /**
   * Fixed augmented views of each picture, by `augmentation`, which epochs take in turn; each is encoded once. A whole number
   * from 1. @default none: the pictures as they are evaluated
   */
  views?: number
  /** Hyper-parameters to choose among, on held-out training data. */
  sweep?: Sweep
  /**
   * In place of a head, weighted k nearest neighbours as DINOv2 evaluates them (arXiv 2304.07193, after arXiv 1805.01978): votes
   * weigh exp(cosine similarity / temperature). Of several numbers of neighbours the best is chosen as a sweep chooses. The
   * classifier keeps the features of all training pictures. Whole numbers from 1.
   */
  k?: readonly number[]
  /** Of `k`; above 0. @default 0.07 */
  temperature?: number
  /**
   * In place of updates, multinomial logistic regression by L-BFGS in float64, scikit-learn's objective: inverse strengths of the
   * L2 penalty, the intercept without one. Of several the best is chosen as a sweep chooses, then fitted on all of train. Above 0.
   */
  c?: readonly number[]
  /** Of `c`: the regression has an intercept. @default true */
  intercept?: boolean
}

/** The encoder trains, all of it or what `freeze` says, together with a linear head. */
export interface FinetuneOptions extends Recipe {
  /** Factor of the learning rate from each layer to the one below, by MAE's scheme; above 0, up to 1 (none). @default 0.75 */
  layerDecay?: number
  /** Stochastic depth: rate of the last block, rising linearly from 0; from 0, below 1. @default 0 */
  dropPath?: number
  /** Share of the target that is spread over all classes; from 0, below 1. @default 0.1 */
  labelSmoothing?: number
  /**
   * Mixup (arXiv 1710.09412) as timm's, by batch: picture i of B and its label are mixed with picture B - 1 - i, in shares
   * drawn from Beta(alpha, alpha) once for the batch. From 0. Training's top-1 is then judged by the label with the larger
   * share. @default 0, none
   */
  mixup?: number
  /** Cutmix (arXiv 1905.04899) likewise: a box of the other picture, of the drawn share of the area. @default 0, none */
  cutmix?: number
  /** Probability of cutmix for a batch, where both are on; from 0 to 1. @default 0.5 */
  mixupSwitchProbability?: number
  /**
   * Decay of an exponential moving average of the weights, above 0, below 1, with timm's warm-up: min(ema, 1 - (1 + t)^(-2/3))
   * at update t from 0. The averaged weights are then the model: they are saved, and `loss`, `top1` and `top5` of validation and
   * the best epoch are theirs; `rawLoss`, `rawTop1` … are those of the weights that train. @default false
   */
  ema?: number | false
  /**
   * So many fixed augmented views of each picture, which epochs take in turn, in place of ever new ones. What the frozen blocks
   * below all that has trained give for a view is then computed once and kept in the run's folder while the run goes on (in
   * float32, or bfloat16 with a shorter precision), unless mixup or cutmix are on, which need the pictures. Where there is no
   * room for it, a warning says so, and it is computed anew.
   */
  views?: number
  /** What trains from which epoch on. @default everything but pos_embed, from the start */
  freeze?: readonly FreezeStage[]
  /**
   * What the best epoch is chosen by, of the validation pictures: 'top1', 'top5' (from six classes on), 'loss', 'macroF1',
   * 'weightedF1', 'meanPerClassAccuracy', 'cohenKappa' or 'mcc'; of several labels 'mAP', 'loss', 'f1' or 'macroF1'. Ties go to
   * the lower loss, then the earlier epoch. @default 'top1', of several labels 'mAP'; earlyStopping's metric where it has one
   */
  bestBy?: string
  /**
   * Activation checkpointing (arXiv 1604.06174): each block keeps its input alone and runs again in the backward pass. The
   * weights are the same to the bit, the memory is some third of it, a step takes some third longer. @default false
   */
  checkpointing?: boolean
  /** Final norm, then the tokens' mean (as pre-trained), or MAE's mean, then norm. @default 'norm_then_mean' */
  pooling?: 'norm_then_mean' | 'mean_then_norm'
  /**
   * Softmax cross-entropy, or the mean over classes of binary cross-entropy, each class against all others (arXiv
   * 2110.00476). Pictures with several labels (`label: [...]` in a manifest or a Sample) need the latter; of one label
   * validation's `loss` is the cross-entropy all the same. @default 'cross-entropy', of several labels the other
   */
  loss?: 'cross-entropy' | 'binary-cross-entropy'
  /**
   * Weights of the classes in the loss: inverse to their numbers of pictures with mean 1 over the pictures, or by name (1 for
   * those that are not named). Cross-entropy is divided by the batch's sum of weights, as PyTorch's. @default 'none'
   */
  classWeights?: 'none' | 'balanced' | Readonly<Record<string, number>>
}

/**
 * From an epoch on, these parameters train and all others are frozen; stages are in order, the first from epoch 0. What a
 * later stage is the first to train begins with fresh optimizer state and a warm-up of its own, warmupEpochs long (at most
 * the stage); what trained before keeps its state and rate. A frozen part below all that trains costs no backward pass.
 */
export interface FreezeStage {
  /** First epoch of the stage, from 0. */
  from: number
  /**
   * Patterns: 'head' | 'all' (everything but pos_embed) | 'norm' (every LayerNorm) | 'norm.' (the final one) |
   * 'bias' (every bias) | 'blocks.8' | 'blocks.0..5' (both ends included) | 'blocks.-4..' (to the end, the final norm
   * with it) | 'patch_embed' | 'pos_embed' | a parameter's name or prefix. One that names nothing is ERR_CONFIG.
   */
  train: readonly string[]
  /** Factor of the learning rate in this stage; above 0. @default 1 */
  learningRateScale?: number
}

/** Random changes of the training pictures, at the encoder's image size. */
export interface Augmentation {
  /**
   * Random resized crop: shares of the area (@default [0.5, 1]), width by height (@default [3/4, 4/3], log-uniform), and
   * torchvision's ten tries before the largest centred crop, or MAE's single clamped one (@default true).
   */
  crop?: { scale: readonly [number, number]; ratio?: readonly [number, number]; retries?: boolean }
  /** Probability of a horizontal flip; from 0 to 1. @default 0.5 */
  flip?: number
  /**
   * RandAugment (arXiv 1909.13719) in timm's syntax, 'rand-m9-mstd0.5-inc1': magnitude m of 10, n operations a picture (2), each
   * done with probability p (0.5), noise mstd of the magnitude (above 100: uniform), its limit mmax (10), inc1: stronger with it.
   * @default none
   */
  randAugment?: string
  /**
   * torchvision's ColorJitter, in random order: factors of brightness, contrast and saturation between 1 - x and 1 + x, and a
   * turn of the hue by up to x of the circle (to 0.5). A number is the first three, as timm takes it. @default 0
   */
  colorJitter?: number | { brightness?: number; contrast?: number; saturation?: number; hue?: number }
  /**
   * Probability of random erasing (arXiv 1708.04896), as timm has it: a rectangle of 2 to 33 % of the normalised picture.
   * From 0 to 1. @default 0
   */
  erasing?: number
  /** What is erased becomes normal noise a pixel, one normal colour, or the mean colour. @default 'pixel' */
  erasingMode?: 'pixel' | 'rand' | 'const'
  /** Filter of the crop, always antialiased. @default 'bicubic' */
  interpolation?: 'bicubic' | 'bilinear'
}

/** A sheet of pictures as a model will see them. */
export interface ContactSheetOptions {
  /** Labelled pictures; those that are shown are of as many classes as can be. */
  data: Source
  /**
   * The file: a page with names (.html), or one picture (.jpg, .png) of a row for each, the view of evaluation first, then those
   * of training. An existing one is replaced.
   */
  out: string
  /** What a fine-tune would be given. @default the preset's */
  augmentation?: Augmentation
  /** A fine-tuning preset. @default 'small', which crops and flips */
  preset?: string
  /** @default shortest side to size / 0.875, bicubic, centre crop */
  preprocessing?: Preprocessing
  /** Pixels that go into the model; up to 1,024 a side. @default 224 */
  imageSize?: ImageSize
  /** Rows; from 1 to 50, and views of 20 million pixels in all. @default 8 */
  pictures?: number
  /** Training views of each; from 1 to 32. @default 6 */
  views?: number
  /** Of the choice of pictures and of every draw. @default 0 */
  seed?: number
  signal?: AbortSignal
}

/** Features that probes have kept on the disk, in the default folder. */
export interface FeatureCache {
  /** Last used first; `bytes` on the disk. */
  list(): Promise<readonly { readonly key: string; readonly bytes: number; readonly used: Date }[]>
  /** Removes the entry with this key, or all. @throws ERR_ARGUMENT: there is no such key */
  clear(key?: string): Promise<void>
}

/**
 * Hyper-parameters to choose among: a head for each combination, all trained in one pass, judged by top-1 on pictures that were
 * not trained on; then the chosen ones train on all of train. The grid stands in config.json (`choice`) and in the report.
 */
export interface Sweep {
  /** Absolute, above 0. @default learningRate alone */
  learningRates?: readonly number[]
  /** From 0. @default weightDecay alone */
  weightDecays?: readonly number[]
  /** Share of train that chooses; 'validation': its numbers are then too good, which the report says. @default { fraction: 0.1 } */
  select?: { fraction: number } | 'validation'
}

// ---------------------------------------------------------------- events and runs

/** What happens in a run or an evaluation; `type` tells which. */
export type TrainEvent =
  /** The run's folder and its resolved configuration. */
  | {
      type: 'start'
      directory: string
      config: Readonly<Record<string, unknown>>
      parameters: { total: number; trainable: number }
    }
  /** A freezing stage begins. */
  | { type: 'stage'; epoch: number; trainable: readonly string[]; parameters: number }
  /** Means over the updates since the last one. */
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
    }
  /** An epoch is over, from 0; `best` so far. */
  | {
      type: 'epoch'
      epoch: number
      epochs: number
      train: Metrics
      validation?: Metrics
      best: boolean
      seconds: number
    }
  /** Pictures of a suite that are done. */
  | { type: 'evaluate'; suite: string; done: number; total: number }
  /** A checkpoint is whole on the disk. */
  | { type: 'checkpoint'; path: string }
  | { type: 'warning'; code: string; message: string }
  | { type: 'done'; run: Run }

/**
 * Await it for the result, iterate it for the events, or both. Iterating marks its rejection as handled; `break` detaches and does
 * not abort; one iterator; of step events at most the newest 1,000 wait, of others all. Keep the object itself
 * (`const run = trainer.finetune(…)`): what an async function returns has lost the iterator.
 */
export type RunPromise = Promise<Run> & AsyncIterable<TrainEvent>

/** As RunPromise, for a report. */
export type ReportPromise = Promise<Report> & AsyncIterable<TrainEvent>

/**
 * Means over pictures; shares from 0 to 1. Top-5 from six classes on. Of validation also `macroF1`, `weightedF1`,
 * `meanPerClassAccuracy`, `cohenKappa` and `mcc`, as in Scores. Of several labels a picture: `mAP`, the mean over classes of average
 * precision, and of all decisions at probability 0.5 `f1`, and `macroF1` over the classes that occur, in place of those.
 */
export interface Metrics {
  loss: number
  top1?: number
  top5?: number
  [name: string]: number | undefined
}

/** A finished run; its folder holds all of it. */
export interface Run {
  readonly kind: 'linear-probe' | 'finetune'
  /** The run's folder. */
  readonly directory: string
  /** The resolved configuration, as in the folder's config.json. */
  readonly config: Readonly<Record<string, unknown>>
  /** One event for each epoch. */
  readonly history: readonly Extract<TrainEvent, { type: 'epoch' }>[]
  /** Fine-tuning: best on validation by `bestBy`, then lower loss, then earlier; a probe, or no validation: the last epoch. */
  readonly best: { epoch: number; metrics: Metrics }
  /** Loads the run's classifier; its owner disposes it. @default 'best' */
  classifier(which?: 'best' | 'last'): Promise<Classifier>
}

/** Losses over rising learning rates, and the rate that they suggest. */
export interface LearningRateCurve {
  /** Of each update. */
  readonly learningRates: readonly number[]
  readonly losses: readonly number[]
  /** Exponential means of the losses so far, whose steepest fall is the suggestion. */
  readonly means: readonly number[]
  readonly suggestion: number
  /** Writes the curve as an SVG picture. @throws ERR_FILE */
  save(file: string): Promise<void>
  /** Shows the picture inline in tslab; elsewhere prints the suggestion. */
  display(): Promise<void>
}

/** What a run would need, from a few real updates. */
export interface Estimate {
  /** Of the device's memory: all tensors of the run at their most (weights, optimizer, activations, features, pixels that wait). */
  readonly bytes: number
  /** Training pictures in an update, over all epochs; of a probe: pictures that are encoded. */
  readonly imagesPerSecond: number
  /**
   * Of the whole run, until its promise resolves, on a machine as busy as now: with every epoch of the recipe (early stopping ends
   * sooner) and, of a probe, as if no features were kept yet.
   */
  readonly seconds: number
  /** Pictures that are computed at a time: what 'auto' finds, and fewer where memory ran out. */
  readonly batchSize: number
}

// ---------------------------------------------------------------- using and judging

export interface PredictOptions {
  /** Predictions for a picture, best first; from 1. @default min(5, classes) */
  topK?: number
  /** Pictures computed at a time; from 1. */
  batchSize?: number
  /**
   * Probabilities by the temperature that is stored with the classifier: one number by which logits are divided (arXiv 1706.04599);
   * the order stays. It is fitted on pictures that its head was not trained on: those of train that were held out to choose a
   * probe's hyper-parameters, with the head that was trained on the others; else validation (by default a tenth of train).
   * ERR_UNSUPPORTED where none is stored: trained without either, all of these pictures right by far, or pictures of several
   * labels. @default false
   */
  calibrated?: boolean
  /** Aborts the call: it rejects with the signal's reason. */
  signal?: AbortSignal
}

/**
 * How the weights of an explanation are made. 'gradient': gradient of the class's logit × activation, summed over the channels
 * of the tokens that pooling takes (of every layer that the head sees); weights below 0 speak against the class. Where
 * tokens are normalised before they are averaged (the default pooling), the weights sum to the logit without its bias.
 * 'attention': attention rollout (Abnar and Zuidema 2020, arXiv:2005.00928), from the patches to what is pooled: where
 * the encoder looked, the same for every class; the weights sum to 1.
 */
export type ExplanationMethod = 'gradient' | 'attention'

export interface ExplainOptions {
  /** Class that is explained. @default the predicted one */
  label?: string
  /** @default 'gradient' */
  method?: ExplanationMethod
  signal?: AbortSignal
}

/** Importance by patch of the picture as the model sees it: resized and cropped by its preprocessing. */
export interface Explanation {
  /** Rows and columns of patches. */
  readonly height: number
  readonly width: number
  /** Float32 [height, width], row-major. */
  readonly weights: Float32Array
}

export interface Prediction {
  /** Name of the class. */
  label: string
  /** Its place in `classes`. */
  index: number
  /** Softmax, 0 to 1; where a picture may have several labels the class' own, the sigmoid of its logit. */
  probability: number
}

/** What is evaluated, and on which pictures. */
export interface EvaluateOptions extends Control {
  /** @default 'test' where there is one, else 'validation', marked "also used for choosing the epoch" */
  // eslint-disable-next-line @typescript-eslint/no-redundant-type-constituents -- words that are not paths
  split?: 'validation' | 'test' | Source
  /**
   * 'bias' is accuracy by group where there are groups, and what the decisions change with: colour, detail, arrangement, sides, which
   * way is up, extent. @default ['accuracy']
   */
  suites?: 'all' | readonly ('accuracy' | 'labelEfficiency' | 'robustness' | 'bias')[]
  /**
   * How much is spent on the suites beside accuracy. 'quick' takes what is done in about ten minutes at the speed that is measured
   * on the pictures themselves: up to 2,000 images (robustness and sensitivity), fewer severities and corruptions where these were
   * not given, smaller parts of train, no fine-tuning (label efficiency). What it chose is kept beside the first run, so that an
   * evaluation that was stopped goes on with the same; the report says what was left out, and why. @default 'quick'
   */
  budget?: 'quick' | 'full'
  /**
   * Robustness and sensitivity: pictures at most, of every class alike; given, the quick budget leaves out nothing of these suites.
   * @default what the quick budget has time for, else all
   */
  maxImages?: number
  /** Label efficiency: draws of each part of train. @default 5 */
  seeds?: number
  /** Label efficiency: labels per class. @default [1, 2, 5, 10, 100] */
  labelsPerClass?: readonly number[]
  /** Label efficiency: shares of train, one picture of each class at least. @default [0.01, 0.1, 1] */
  fractions?: readonly number[]
  /** Robustness: corruptions, as ImageNet-C spells them. @default its 15 and the 4 extra ones */
  corruptions?: readonly string[]
  /** Robustness: severities, 1 to 5. @default [1, 2, 3, 4, 5] */
  severities?: readonly number[]
  /**
   * Bias: columns of the manifest whose groups are judged apart, or several joined by '+', their combinations; `label` is the
   * class. @default each with at most 50 values
   */
  groups?: readonly string[]
  /**
   * Of the forward pass that everything is judged by. bfloat16 decides otherwise for a picture in some hundreds, and is faster where the
   * hardware has it. @default 'fp32'
   */
  precision?: Precision
  /** A probe's report has the health of its encoder's representation: rank, spread, neighbours, a map of it. @default true */
  health?: boolean
  /** Shows the most confident mistakes, and views of training pictures, in the report. @default true */
  thumbnails?: boolean
  /** Label efficiency: files that name training pictures, one a line, as SimCLR's for 1 % and 10 % of ImageNet. */
  lists?: readonly string[]
  /**
   * Other data sets of the same classes: how much less accurate a run is on each, with its interval. Of one that has some of the
   * classes alone, as ImageNet-A and -R, the logits of the others are left out, in the evaluated split too. `classMap`: the
   * data's class for each of the source's that is called otherwise; folders that are called by numbers (ImageNet-V2) are matched
   * by index.
   */
  shifts?: readonly { name: string; source: Source; classMap?: Readonly<Record<string, string>> }[]
  /**
   * Reassessed labels of ImageNet's validation pictures (ReaL, arXiv:2006.07159): its `real.json`, by which top-1 is told too, any
   * accepted class being right. Pictures are found by the number in their names, `ILSVRC2012_val_00000001.JPEG`.
   */
  realLabels?: string
  /**
   * Folder of cue-conflict pictures as Geirhos et al. published them: 16 folders of the shape's category, files called as
   * `airplane1-bicycle2.png`, the texture's category last. Of a classifier of ImageNet's 1,000 classes or of the 16 categories.
   */
  cueConflict?: string
  /** Where a picture may have several labels: from which probability on a class is claimed; from 0 to 1. @default 0.5 */
  threshold?: number
}

/** The results of one or more runs side by side. */
export interface Report {
  readonly data: ReportData
  /** Writes report.json, report.html, report.md, predictions.csv and plots/*.csv. */
  save(directory: string): Promise<void>
  toMarkdown(): Promise<string>
  /** One file that asks nothing of any network. */
  toHtml(): Promise<string>
  /** Shows it inline in tslab. */
  display(): void
}

/** The contents of report.json; its JSON Schema is in the project. */
export interface ReportData {
  readonly formatVersion: number
  readonly [section: string]: unknown
}

/** Metrics of logits against labels; shares from 0 to 1. Logits that are not finite are ERR_NOT_FINITE. */
export interface Scores {
  readonly samples: number
  readonly top1: number
  /** From six classes on. */
  readonly top5?: number
  /** Mean negative log-likelihood, in nats. */
  readonly nll: number
  /** Mean squared distance between probabilities and the one-hot label, summed over classes. */
  readonly brier: number
  /** Expected calibration error over bins of equal width. */
  readonly ece: number
  /** The same over bins of equal count. */
  readonly adaptiveEce: number
  readonly maxCalibrationError: number
  readonly macroF1: number
  readonly weightedF1: number
  readonly meanPerClassAccuracy: number
  /** One class against the rest, averaged. */
  readonly auroc?: number
  readonly cohenKappa: number
  /** Matthews' correlation coefficient. */
  readonly mcc: number
  /** Counts; rows: true class, columns: predicted. */
  readonly confusion: readonly (readonly number[])[]
  readonly perClassAccuracy: readonly number[]
  readonly perGroupTop1?: Readonly<Record<string, number>>
  readonly worstGroupTop1?: number
}

/** What a checkpoint holds, from its headers. */
export interface CheckpointInfo {
  readonly format: string
  readonly architecture: {
    embedDim: number
    depth: number
    /** Absent where the file does not say. */
    heads?: number
    mlpRatio: number
    /** Where the shape has a name. */
    name?: ArchitectureName
  }
  readonly patchSize: number
  readonly imageSize: ImageSize
  /** Which encoder's. */
  readonly weights: string
  /** Numbers in it. */
  readonly parameters: number
  readonly dtype: string
  readonly [more: string]: unknown
}

/** What a data set holds. */
export interface DataSummary {
  readonly classes: readonly string[]
  readonly splits: Readonly<Record<string, { images: number; perClass: readonly number[] }>>
  /** What was found and is not used, and why. */
  readonly skipped: readonly { file: string; reason: string }[]
  readonly [more: string]: unknown
}
