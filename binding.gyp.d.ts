/**
 * The addon's contract: every class and function that the compiled addon exports, and all that crosses.
 * lib/native is its only importer. Tensors never cross: only handles, paths, flat scalars, byte ranges,
 * Int32Array orders and labels, Float32Array logits and losses.
 *
 * Errors: what fails rejects (async) or throws (sync) an Error with `code`, one of lib/errors.ts, and, where a file is at
 * fault, `file`; lib/native makes an IjepaError of it. A job that was cancelled rejects with code 'ERR_CANCELLED'.
 * Every class: `dispose()` is idempotent; any other call after it throws ERR_DISPOSED.
 */

/** Columns of a sample table; sample i is `length[i]` bytes at `offset[i]` of `files[file[i]]`. */
export interface SampleTable {
  /** Paths, or the encoded bytes or raw pixels themselves (copied). */
  files: (string | Uint8Array)[]
  file: Int32Array
  offset: Float64Array
  /** Bytes; 0 = to the end of the file (for an 'encoded' sample only). */
  length: Float64Array
  /** 0 encoded, 1 raw [H, W, C], 2 raw [C, H, W]. */
  format: Uint8Array
  /** Raw formats only, else 0. */
  width: Int32Array
  height: Int32Array
  channels: Uint8Array
  /** Class index, -1 where there is none. */
  label: Int32Array
}

export interface LoaderOptions {
  height: number
  width: number
  /** Evaluation geometry; 'crop' is training's random resized crop and needs the crop fields. */
  resize: 'shortest' | 'squash' | 'pad' | 'crop'
  /** 'shortest': the shortest side becomes floor(size / cropFraction), then a centre crop. */
  cropFraction: number
  interpolation: 'bicubic' | 'bilinear'
  alpha: 'white' | 'ignore'
  /** 'exact': Pillow's pixels; 'fast': crop-limited and scaled JPEG decoding (training only). */
  decoding: 'exact' | 'fast'
  scaleMin: number
  scaleMax: number
  ratioMin: number
  ratioMax: number
  /** Ten tries, then the largest centred crop (torchvision); false: one try, clamped to the picture (MAE). */
  retries: boolean
  /** Probability of a horizontal flip. */
  flip: number
  /** Absent: none. */
  augmentation?: AugmentationOptions
  /** Absent: none. After resize, crop and flip, before all augmentation. */
  corruption?: CorruptionOptions
  /** Absent: none. After the corruption. */
  perturbation?: PerturbationOptions
  batchSize: number
  /** Keep only full batches. */
  dropLast: boolean
  threads: number
  seed: number
  /** Pictures with more pixels than this are refused from their header. */
  maxPixels: number
  /** 'throw': the batch that holds a bad picture fails; 'skip': it is left out of its batch and listed by bad(). */
  onBadImage: 'throw' | 'skip'
}

/** One of the 19 corruptions of ImageNet-C; its draws depend on seed, severity and the picture's pixels alone. */
export interface CorruptionOptions {
  /** As ImageNet-C spells it: 'gaussian_noise', … */
  name: string
  /** 1 to 5; 0 changes nothing, others are refused. */
  severity: number
  seed: number
}

/** A change that takes one quality of a picture away; its draws depend on seed and the picture's pixels alone. */
export interface PerturbationOptions {
  name: 'grey' | 'hue' | 'blur' | 'shuffle' | 'flip' | 'rotation' | 'crop'
  /**
   * 0 changes nothing. grey: the part of the colour that is taken away, up to 1; hue: the part of the circle that it is turned by, up
   * to 0.5, either way; blur: deviation in shorter sides, up to 0.5; shuffle: patches a side, a whole number up to 64; flip: 1;
   * rotation: degrees, up to 180, either way; crop: the part of each side that is cut off, up to 0.9.
   */
  strength: number
  seed: number
}

/** timm's RandAugment of 15 operations: `layers` draws of one, each done with `probability`. */
export interface RandAugmentOptions {
  layers: number
  probability: number
  /** Of 10; with normal noise of deviation magnitudeStd, or `uniform` from 0 on; at most magnitudeMax, at least 0. */
  magnitude: number
  magnitudeStd: number
  uniform: boolean
  magnitudeMax: number
  /** Posterize, solarize, colour, contrast, brightness and sharpness grow stronger with the magnitude. */
  increasing: boolean
}

/** Random changes after crop and flip, on pixels; erasing comes after the normalisation. */
export interface AugmentationOptions {
  /** Null: none. */
  randAugment: RandAugmentOptions | null
  /** torchvision's ColorJitter: the first three from max(0, 1 - x) to 1 + x, hue from -x to x of the circle, up to 0.5. */
  brightness: number
  contrast: number
  saturation: number
  hue: number
  /** Probability of timm's random erasing, and what a rectangle becomes: the mean colour, a normal draw a channel or a pixel. */
  erasing: number
  erasingMode: 'const' | 'rand' | 'pixel'
  /** The session's normalisation. */
  mean: [number, number, number]
  std: [number, number, number]
}

export interface BadImage {
  sample: number
  reason: string
}

/** Threads that decode, augment and batch, one epoch at a time; batches depend on seed, epoch and order alone. */
export interface Loader {
  /**
   * [sync] Begins an epoch over `order` (sample indices), drops what is left of the one before.
   * `first`: the first batch to give (a resumed epoch).
   */
  start(order: Int32Array, epoch: number, first: number): void
  /** [sync] Samples left out so far under onBadImage 'skip', in order of sample index. */
  bad(): BadImage[]
  /** [async] Next batch as pixels, uint8 [B, 3, H, W], erased as far as 8 bits show it; for contact sheets and tests. Rows 0 = end of epoch. */
  read(): Promise<{ pixels: Uint8Array; samples: Int32Array; labels: Int32Array }>
  dispose(): void
}

export interface SessionConfig {
  embedDim: number
  depth: number
  heads: number
  /** Hidden width of the MLP, already multiplied out. */
  mlpDim: number
  patchSize: number
  imageHeight: number
  imageWidth: number
  layerNormEps: number
  classes: number
  /** Last blocks whose pooled outputs, side by side and oldest first, are the head's input: 1 or more. */
  layers: number
  /** The head's input is centred and normalised, each picture's by itself: its own mean taken off, at length 1. */
  normalizeRows: boolean
  /** The last two: of the normalised tokens by a learned query, in V-JEPA's form or capi's (embedDim a multiple of 64); layers is 1. */
  pooling: Pooling
  /** Normalisation of pixels scaled to [0, 1], on the device. */
  mean: [number, number, number]
  std: [number, number, number]
  /** 'cpu' | 'cuda:N'; 'auto' is resolved in TypeScript. */
  device: string
  threads: number
  /** Of all weights (encoder: the official constructor's initialisation) and of drop path. */
  seed: number
  /** Head weights: 0, or the deviation of a truncated normal; bias 0. */
  headInit: number
  /**
   * What multiplies float32 matrices on the CPU: LibTorch's BLAS, the oneDNN in the same LibTorch, or mixed: the BLAS in
   * training and oneDNN for predictions.
   */
  linearKernel: LinearKernel
}

export type Pooling = 'norm_then_mean' | 'mean_then_norm' | 'vjepa_attentive' | 'capi_attentive'

export type LinearKernel = 'blas' | 'onednn' | 'mixed'

export type DType = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'U8'

/** One run of bytes in a file, in the tensor's row order. */
export interface ByteRange {
  file: string
  offset: number
  length: number
  dtype: DType
}

/** A parameter and where its values lie; several ranges follow one another along dimension 0 (a fused qkv from three). */
export interface PlannedTensor {
  name: string
  shape: number[]
  ranges: ByteRange[]
  /** pos_embed only: [rows, columns] of its grid; interpolated bicubically when the session's grid differs. */
  grid?: [number, number]
}

export interface TensorInfo {
  name: string
  shape: number[]
  dtype: DType
}

/** A piece of a file to write: rows [begin, end) of the named tensor (0, 0 = all). */
export interface Piece {
  name: string
  begin: number
  end: number
}

/** What has named tensors; which, its own description says. */
export interface NamedTensors {
  /** [async] Anything that has a name now, optimizer state and generator included. */
  tensors(): Promise<TensorInfo[]>
  /** [async] Copies planned tensors in; any of `tensors()` may be planned. ERR_CHECKPOINT_FORMAT: ranges outside the file, shapes that differ. */
  load(plan: PlannedTensor[]): Promise<void>
  /** [async] Writes header, then the pieces one after another, to a temporary name; fsync; rename. */
  write(path: string, header: Uint8Array, pieces: Piece[]): Promise<void>
  /** [async] One tensor as float32; for tests and small things. */
  read(name: string): Promise<Float32Array>
}

export interface TrainingConfig {
  /** 'sgd' with Nesterov's momentum; 'lars' scales the gradients of matrices layer by layer. State of another one is dropped. */
  optimizer: 'adamw' | 'sgd' | 'lars'
  /** Of 'adamw'. */
  beta1: number
  beta2: number
  epsilon: number
  /** Of 'sgd' and 'lars'. */
  momentum: number
  /** Trainable parameters; what is in no group is frozen. Parameters that were trained before keep their optimizer state. */
  groups: { names: string[]; learningRateScale: number; weightDecay: number }[]
  /** 'bf16' and 'fp16' autocast the forward pass; parameters, loss and optimizer stay float32. 'fp16' scales the loss. */
  precision: Precision
  loss: 'cross-entropy' | 'binary-cross-entropy'
  labelSmoothing: number
  /** Weight of each class in the loss, above 0; none: all 1. */
  classWeights: number[]
  /** Alpha of mixup and of cutmix (0: none), and the probability of cutmix where both are on. */
  mixup: number
  cutmix: number
  mixupSwitchProbability: number
  /** Samples that are computed at a time: an update is that of its whole batch all the same. 0 = all of the batch. */
  microBatch: number
  /** Largest L2 norm of all gradients; 0 = no clipping. */
  clipGradient: number
  /** Drop path rate of the last block, rising linearly over depth. */
  dropPath: number
  /** Decay of averages of all parameters that ever trained, with a warm-up; 0 = none. */
  average: number
  /** A trained block keeps its input alone and is run again in the backward pass: the same gradients in less memory. */
  checkpointing: boolean
}

export type ExplanationMethod = 'gradient' | 'attention'

/** Of a forward pass. */
export type Precision = 'fp32' | 'bf16' | 'fp16'

export interface StepMeans {
  /** Mean over samples since the last reading; NaN when there were none. */
  loss: number
  /** Mean over updates of the L2 norm before clipping. */
  gradientNorm: number
  /** Fraction of samples whose label is the largest logit. */
  top1: number
  samples: number
  updates: number
  /**
   * Updates left out because loss or gradients were not finite, with the samples of the first one. In fp16 an overflow that
   * lowers the loss scale is none of them, nor an update, while the scale is above 1.
   */
  skipped: number
  skippedSamples: Int32Array
}

/**
 * Rows of pooled features with their labels, kept on the session's device: of the last `layers` blocks side by side, oldest
 * first. A head on fewer layers sees the last columns.
 */
export interface Features {
  readonly rows: number
  /** [async] Float32 [rows, layers·D], row-major. */
  read(): Promise<Float32Array>
  dispose(): void
}

export interface HeadsConfig {
  classes: number
  /** Heads that see the same; heads are counted through all groups. */
  groups: HeadGroup[]
  /** 'lars' scales the gradients of matrices by their norms, head by head, and has plain momentum. */
  optimizer: 'adamw' | 'sgd' | 'lars'
  /** Of 'adamw'. */
  beta1: number
  beta2: number
  epsilon: number
  /** Of 'sgd' and 'lars'. */
  momentum: number
  /** Of 'sgd'. */
  nesterov: boolean
  /** Weight decay of biases too (never of batch norm's parameters, nor with 'lars'). */
  decayBiases: boolean
  /** Weights: 0, or the deviation of a truncated normal, the same draws for every head of a group; biases 0. */
  init: number
  seed: number
}

/** Of scikit-learn's objective: mean cross-entropy + ‖W‖² / (2·C·rows), the intercept without penalty; with two classes w = W₁ - W₀. */
export interface LogisticConfig {
  /** C: a head each, above 0. */
  inverseStrengths: Float64Array
  intercept: boolean
  /** A head has converged when no component of its gradient exceeds this. */
  tolerance: number
  maxIterations: number
}

/** By head, at the end. */
export interface LogisticFit {
  iterations: Int32Array
  objective: Float64Array
  /** Largest component of the gradient. */
  gradient: Float64Array
}

/** DINOv2's k-NN: votes weigh softmax(cosine similarity / temperature) among the largest number of neighbours asked for. */
export interface NeighborsConfig {
  classes: number
  /** The last columns of the features. */
  columns: number
  /** Each a number k: the first k neighbours vote. */
  neighbors: Int32Array
  temperature: number
}

export interface HeadGroup {
  /** The last columns of the features that these heads see. */
  columns: number
  /** 'affine': VISSL's, each head with a scale and a shift of its own, epsilon 1e-5. 'plain': MAE's, without, epsilon 1e-6. */
  batchNorm: 'none' | 'affine' | 'plain'
  /** A head each. */
  weightDecays: Float64Array
}

/** By head, over the updates since the last reading; NaN where there were none. */
export interface HeadMeans {
  /** Means over rows, as trained: with batch norm by the batch's own statistics. */
  loss: Float64Array
  top1: Float64Array
  /** Mean over updates of the L2 norm. */
  gradientNorm: Float64Array
  /** Rows. */
  samples: number
  updates: number
}

/** Means over rows, by head; of equal logits the lower class comes first. Logits that are not numbers: NaN and wrong. */
export interface HeadScores {
  /** Cross-entropy in nats. */
  loss: Float64Array
  top1: Float64Array
  top5: Float64Array
}

/**
 * Linear heads on features, all trained in one pass, each as if it were trained alone; on the compute thread of their session,
 * whose cancel() is theirs too.
 *
 * Names of tensors: `heads.<group>.weight` [H, C, F] and `.bias` [H, C], stacked by head, with batch norm `.running_mean`,
 * `.running_var` [F], and where it is affine `.scale`, `.shift` [H, F]; `adamw.exp_avg.<name>`, `adamw.exp_avg_sq.<name>`,
 * `adamw.step.heads.<group>` (I64), or `sgd.momentum_buffer.<name>`, `lars.momentum_buffer.<name>`; `meter.losses`,
 * `meter.correct`, `meter.gradient_norms` (F64), `meter.samples`, `meter.updates` (I64); and, computed from these, `classifier.<head>.weight` [C, F] and `.bias` with batch norm folded in.
 */
export interface Heads extends NamedTensors {
  /** [async] One update of every head on these rows; learning rates by head. Batch norm needs two rows at least. */
  step(features: Features, rows: Int32Array, learningRates: Float64Array): Promise<void>
  /** [async] What was measured since the last reading; synchronises the device. */
  readMeans(): Promise<HeadMeans>
  /**
   * [async] Each head becomes the multinomial logistic regression on these rows with its inverse strength of the L2 penalty,
   * whatever it was before. Not with batch norm; every class needs a row.
   */
  fitLogistic(features: Features, rows: Int32Array, config: LogisticConfig): Promise<LogisticFit>
  /** [async] All heads on these rows, as in evaluation. */
  scores(features: Features, rows: Int32Array): Promise<HeadScores>
  /** [async] Logits [rows, C] of one head on rows [begin, end). */
  predict(features: Features, begin: number, end: number, head: number): Promise<Float32Array>
  dispose(): void
}

export interface Logits {
  /** [rows, C], row-major float32. */
  logits: Float32Array
  /** The batch's sample indices; empty = end of epoch. */
  samples: Int32Array
}

/** Of the patches of some pictures: which of them the classifier's answer rests on. */
export interface Explanations {
  /** [rows, patches]: patches row by row. */
  weights: Float32Array
  /** [rows, C] */
  logits: Float32Array
  /** The batch's sample indices; empty = end of epoch. */
  samples: Int32Array
}

/** What a set of features says of the encoder that made them. */
export interface FeatureStatistics {
  /** Largest first, one for each column: of the features as they are, and of their differences from their mean. */
  singularValues: Float64Array
  centredSingularValues: Float64Array
  /** L2 norms of the rows: mean and sample deviation. */
  norm: number
  normDeviation: number
  /**
   * Sample deviation of a column of the rows at length 1, mean over columns, times √columns: 0 when all pictures give one
   * direction, 1 when directions are spread evenly.
   */
  spread: number
}

/** Of each query the nearest rows, nearest first. */
export interface Neighbors {
  /** [queries, count]: indices into the rows that were given; -1 where there are fewer. */
  rows: Int32Array
  /** [queries, count]: cosine similarities; NaN where there are fewer. */
  similarities: Float32Array
}

/**
 * A classifier (encoder, pooling, head), its loss and its optimizer, on one device, with one compute thread of its own:
 * asynchronous calls run there one after another, in the order of the calls.
 *
 * Names of tensors: the parameters' official names (`blocks.0.attn.qkv.weight`, …, `head.weight`; of attention pooling
 * V-JEPA's, `pooler.query_tokens`, `pooler.cross_attention_block.xattn.kv.weight`, …); `classifier.weight` and
 * `classifier.bias`: the head with standardisation folded in; after configureTraining also `adamw.exp_avg.<name>`,
 * `adamw.exp_avg_sq.<name>`, `adamw.step.<name>`, or `sgd.momentum_buffer.<name>`, `lars.momentum_buffer.<name>`, and
 * `grad.<name>` after a step; with averages `ema.step` and `ema.average.<name>`; in fp16 `scaler.scale` and
 * `scaler.growth_tracker`; `standardize.mean`, `standardize.std` after standardize(); after keepNeighbors(), or loaded together, `neighbors.features` [N, F] (rows of length 1), `neighbors.labels` (I64) and `neighbors.settings` (F64: k and temperature); `meter.sums` and `meter.skipped_samples` while updates wait for readMeans(); `generator` (U8: the
 * state of the session's random generator).
 */
export interface Session extends NamedTensors {
  /** [sync] Parameters of the encoder, of the pooler where there is one, and of the head, in checkpoint order. */
  parameters(): TensorInfo[]
  /** [async] Sets what trains, and how; may be called again at a freezing stage. */
  configureTraining(config: TrainingConfig): Promise<void>
  /**
   * [async] Several labels a sample, in place of those of batches and features: sample i, or row i of features, has the classes
   * labels[offsets[i]] to labels[offsets[i + 1] - 1]. For 'binary-cross-entropy'.
   */
  setLabelSets(offsets: Int32Array, labels: Int32Array): Promise<void>
  /**
   * [async] One update on the loader's next batch; resolves with its rows (0 = end of epoch, nothing done). Of an update that
   * fails nothing is left, memory that runs out (ERR_OUT_OF_MEMORY) included; its batch is gone.
   */
  trainStep(loader: Loader, learningRate: number): Promise<number>
  /** [async] One update of the head on the given rows of features. */
  trainStepOnFeatures(features: Features, rows: Int32Array, learningRate: number): Promise<number>
  /**
   * [async] Begins a file of what the encoder gives for each sample up to block `blocks` (none of which may train now), or,
   * `pooled` with all blocks, after the final normalisation and pooling. ERR_FILE: it cannot be written.
   */
  createTokens(path: string, blocks: number, pooled: boolean): Promise<void>
  /** [async] Appends the loader's next batch, in float32 or, with a shorter precision, bfloat16; resolves with its samples (empty = end). */
  appendTokens(loader: Loader): Promise<Int32Array>
  /** [async] The file gets its name: whole, or not at all. */
  commitTokens(): Promise<void>
  /**
   * [async] Trains on such a file, too, from now on: its rows come after those of the files that are open; resolves with the sample
   * of each. `rows`: that it has to have, 0 for any; `labels`: of all samples, in the place of those that it was written with, none
   * for those. Unless `checked`, all its bytes are looked at first. ERR_FILE: damaged, or of another encoder or data set.
   */
  openTokens(path: string, rows: number, labels: Int32Array, checked: boolean): Promise<Int32Array>
  /** [async] Forgets what was created or opened; a file that was not committed is removed. */
  closeTokens(): Promise<void>
  /** [async] One update on these rows of the open files; what it holds is not computed again. Not with mixup, which needs the pictures. */
  trainStepOnTokens(rows: Int32Array, learningRate: number): Promise<number>
  /** [async] Logits [rows, C] of these rows of the open files, in float32. */
  predictOnTokens(rows: Int32Array): Promise<Float32Array>
  /** [async] Means since the last reading; synchronises the device. */
  readMeans(): Promise<StepMeans>
  /**
   * [async] Puts the averages in the parameters' place, for all that reads them (predict, write, load, read), or the parameters
   * back. No step is made meanwhile.
   */
  useAverages(averages: boolean): Promise<void>
  /**
   * [async] Logits of the loader's next batch. Where memory runs out here or in appendFeatures() or appendTokens(), it is computed
   * in halves, quarters, …; from then on so many rows at a time.
   */
  predict(loader: Loader, precision: Precision): Promise<Logits>
  /**
   * [async] Explains the loader's next batch, picture by picture in float32, each for its own label; without one (-1) for the
   * class that is predicted. 'gradient': gradient × activation, summed over the channels of the tokens that pooling takes.
   * 'attention': attention rollout, the same for every class; the weights of a picture sum to 1.
   */
  explain(loader: Loader, method: ExplanationMethod): Promise<Explanations>
  /** [async] Logits of rows [begin, end) of features. */
  predictOnFeatures(features: Features, begin: number, end: number): Promise<Float32Array>
  /**
   * [sync] An empty set of features of the last `layers` blocks. On the CPU the first rows, up to `mostMapped`, are shown where they
   * lie in files as long as all rows are of files; else they are in memory.
   */
  createFeatures(layers: number, mostMapped: number): Features
  /** [async] Appends the pooled features of the loader's next batch; resolves with the batch's samples (empty = end). */
  appendFeatures(loader: Loader, features: Features, precision: Precision): Promise<Int32Array>
  /**
   * [async] Writes rows [begin, end) of features, with the sample of each, to a file: whole, or not at all. `place`: the row that
   * the first one is to be where features show the file.
   */
  writeFeatures(
    features: Features,
    begin: number,
    end: number,
    samples: Int32Array,
    place: number,
    path: string,
  ): Promise<void>
  /**
   * [async] Appends the `rows` rows of such a file, each labelled with its sample's label of `labels`; resolves with their samples.
   * ERR_FILE: damaged, or of other features.
   */
  restoreFeatures(path: string, rows: number, labels: Int32Array, features: Features): Promise<Int32Array>
  /** [async] Appends the rows of `source` to `target` as they are. */
  appendRows(source: Features, target: Features): Promise<void>
  /** [async] From now on the head sees (features − mean) / (deviation + 1e-6) of these features. */
  standardize(features: Features): Promise<void>
  /** [async] Appends the rows of `source` to `target` as the head's linear layer sees them: with normalizeRows, after standardize(). */
  appendPrepared(source: Features, target: Features): Promise<void>
  /** [async] Heads on this session's features. */
  createHeads(config: HeadsConfig): Promise<Heads>
  /**
   * [async] The session's head becomes this one of `heads`, batch norm folded in, and sees as many last blocks as that one; the
   * columns of standardize() that it sees stay. Before configureTraining() alone.
   */
  adoptHead(heads: Heads, head: number): Promise<void>
  /**
   * [async] From now on predictions are logarithms of the shares of these rows' votes (1e-6 for a class without any) instead of
   * the head's logits. The rows are features as the head sees them; config.neighbors has one k. Before configureTraining() alone.
   */
  keepNeighbors(features: Features, rows: Int32Array, config: NeighborsConfig): Promise<void>
  /** [async] Votes of the nearest rows of `train`, exact: [K, rows, C] for each number of neighbours and each query. */
  neighborVotes(
    train: Features,
    trainRows: Int32Array,
    queries: Features,
    queryRows: Int32Array,
    config: NeighborsConfig,
  ): Promise<Float32Array>
  /** [async] Of the last `columns` columns of two rows or more, in float64 from their products: singular values below 1e-8 of the largest are rounding. */
  featureStatistics(features: Features, rows: Int32Array, columns: number): Promise<FeatureStatistics>
  /** [async] The `count` (at most 4096) rows of `train` with the largest cosine similarity in the last `columns` columns, exact. */
  nearestRows(
    train: Features,
    trainRows: Int32Array,
    queries: Features,
    queryRows: Int32Array,
    columns: number,
    count: number,
  ): Promise<Neighbors>
  /** [sync] Cancels the running and all queued calls: they reject with ERR_CANCELLED; an unfinished update changes nothing. */
  cancel(): void
  /** [async] Cancels, waits for the running call, frees the memory. */
  dispose(): Promise<void>
}

export interface Environment {
  /** LibTorch's version that this addon was built for, and the one loaded. */
  torchBuilt: string
  torchLoaded: string
  /** Names of the CUDA devices that answer; empty on a CPU build or without a GPU. */
  cudaDevices: string[]
  /** libtorch_cuda is part of the LibTorch that is loaded. */
  cudaBuild: boolean
  /** The CPU has bf16 dot products (AVX-512 BF16, AMX or Arm's); without them bf16 is slower than float32. */
  cpuBf16: boolean
  cpu: string
  /** Of the instructions that speed depends on (AVX2, AVX-512, AVX-512 BF16, AMX BF16, …) those that the CPU has. */
  cpuInstructions: string[]
  /** Those that LibTorch's own kernels use: 'AVX512', 'AVX2', …, 'DEFAULT'. */
  cpuKernels: string
  /** Those that the encoder's attention uses on the CPU: 'AMX BF16', 'AVX-512 BF16', 'AVX-512', 'AVX2' or 'baseline'. */
  attention: string
  /** What multiplies bf16 matrices on the CPU: 'oneDNN', or "LibTorch's loops" on an older CPU. */
  bf16Kernel: string
  /** LibTorch's BLAS: 'MKL', else 'BLAS'. */
  blas: string
  /** It comes from the CPU's maker (MKL on Intel): float32 training is then its work. */
  blasOfMaker: boolean
  /** Which library decodes JPEG, and which the rest. */
  jpegDecoder: string
  imageDecoder: string
}

/**
 * Of a loader's threads: read, decode, resize, augment (the last three in processor time). Of the thread that computes, in
 * time that passes: wait for a batch; forward, backward and step of an update; predict (a forward pass without gradients).
 */
export type Stage =
  'read' | 'decode' | 'resize' | 'augment' | 'wait' | 'forward' | 'backward' | 'step' | 'predict'

export interface StageTime {
  seconds: number
  images: number
}

export interface Addon {
  /** [sync] What was found; touches no GPU unless LibTorch is a CUDA one. */
  environment(): Environment
  /** [async] */
  createSession(config: SessionConfig): Promise<Session>
  /** [sync] Starts no work before start(). */
  createLoader(table: SampleTable, options: LoaderOptions): Loader
  /** [async] The samples as JPEG pictures whose longest side is at most `size` pixels (never enlarged). */
  thumbnails(table: SampleTable, samples: Int32Array, size: number): Promise<Uint8Array[]>
  /**
   * [async] FLOP/s that each kernel reaches here in a small transformer's float32 layer, the best within so many seconds. 0.1
   * is enough to compare them; 0.5 to see what the machine can do.
   */
  linearRates(threads: number, seconds: number): Promise<Record<'blas' | 'onednn', number>>
  /** [async] The same in bf16, for which there is one kernel. */
  bf16Rate(threads: number, seconds: number): Promise<number>
  /**
   * [sync] Begins to measure where the time of this process goes, from zero, or ends it. Meanwhile every stage on CUDA waits
   * for the device.
   */
  measureStages(on: boolean): void
  /** [sync] Seconds by stage since then, summed over threads, and the images that they were for. */
  stageTimes(): Record<Stage, StageTime>
  /** [sync] Bytes of LibTorch's CPU tensors now, their largest sum since the last call, and what is kept for reuse. */
  cpuMemory(): { live: number; peak: number; cached: number }
  /**
   * [sync] Bytes of a device ('cpu' | 'cuda:N'): held by LibTorch (tensors, and what is kept for reuse), its tensors at most since
   * the last call, and, of a GPU, free beside what is held.
   */
  deviceMemory(device: string): { held: number; peak: number; free?: number }
  /** [sync] Bytes that LibTorch's CPU tensors and what is kept for reuse may take together; 0: no limit. Beyond it: ERR_OUT_OF_MEMORY. */
  limitCpuMemory(bytes: number): void
  /**
   * [sync] Cancels all jobs of this environment and waits until its native threads have ended: before the process exits.
   * Nothing can be called after it.
   */
  end(): void
}
