/** Schemas of the recipes: what linearProbe and finetune take. */
import { z } from 'zod'
import type {
  Augmentation,
  Control,
  FinetuneOptions,
  FreezeStage,
  LinearProbeOptions,
  Recipe,
  Sweep,
} from '../api'
import { flag, group, integer, list, number, oneOf, option, pair, text } from './fields'
import { bestMetrics } from './best-metric'
import { abortSignal } from './trainer-schema'
import { parseRandAugment } from './rand-augment'

const listener = z.custom<NonNullable<Control['onEvent']>>((value) => typeof value === 'function', {
  error: 'a function',
})

export const controlShape = {
  signal: option(abortSignal, 'Aborts the run'),
  onEvent: option(listener, 'Called with every event'),
  progress: option(oneOf(['auto', 'bar', 'plain', 'none']), 'What is drawn on the terminal (default auto)'),
  interrupt: option(flag(), 'Ctrl-C ends the run after saving its state'),
  logEvery: option(integer({ from: 1 }), 'Updates between step events (default 1 on a CPU, 20 on CUDA)'),
} satisfies Record<keyof Control, z.ZodType>

const augmentation = group({
  crop: option(
    group({
      scale: pair({ above: 0, to: 1 }, true).describe(
        'Smallest and largest share of the area (default 0.5,1)',
      ),
      ratio: option(pair({ above: 0 }, true), 'Smallest and largest width by height (default 0.75,1.3333)'),
      retries: option(flag(), 'Ten tries, then the largest centred crop (default), or one try, clamped'),
    }),
    'Random resized crop',
  ),
  flip: option(number({ from: 0, to: 1 }), 'Probability of a horizontal flip (default 0.5)'),
  randAugment: option(
    text().refine((policy) => parseRandAugment(policy) !== undefined, {
      error: "a policy such as 'rand-m9-mstd0.5-inc1', of m, n, p, mstd, mmax and inc with a number each",
    }),
    'RandAugment policy, as rand-m9-mstd0.5-inc1',
  ),
  colorJitter: option(
    z.union(
      [
        number({ from: 0 }),
        group({
          brightness: option(number({ from: 0 }), 'Factors from 1 - x to 1 + x (default 0)'),
          contrast: option(number({ from: 0 }), 'Factors from 1 - x to 1 + x (default 0)'),
          saturation: option(number({ from: 0 }), 'Factors from 1 - x to 1 + x (default 0)'),
          hue: option(number({ from: 0, to: 0.5 }), 'Turns by up to x of the circle (default 0)'),
        }),
      ],
      { error: 'a number of at least 0 or { brightness, contrast, saturation, hue }' },
    ),
    'Strength of the jitter of brightness, contrast and saturation (default 0), or of each by name',
  ),
  erasing: option(number({ from: 0, to: 1 }), 'Probability of random erasing (default 0)'),
  erasingMode: option(
    oneOf(['pixel', 'rand', 'const']),
    'Erased to noise, one random colour or the mean colour (default pixel)',
  ),
  interpolation: option(oneOf(['bicubic', 'bilinear']), 'Filter of the crop (default bicubic)'),
} satisfies Record<keyof Augmentation, z.ZodType>)

const recipeShape = {
  ...controlShape,
  preset: option(text(), 'Named recipe that the values start from'),
  epochs: option(integer({ from: 1 }), 'Passes over the training pictures'),
  timeBudgetSeconds: option(
    number({ above: 0 }),
    'The run ends after the update in which this time is over (default: no limit)',
  ),
  batchSize: option(
    z.union([integer({ from: 1 }), z.literal('auto')], { error: "a whole number of at least 1, or 'auto'" }),
    "Pictures that are computed at a time; 'auto': of a fine-tune what memory holds of an update, which stays the recipe's",
  ),
  gradientAccumulation: option(
    integer({ from: 1 }),
    'Batches in an update, which is that of one large batch of as many pictures (default 1; with a preset that has more, as many as its update takes at batchSize)',
  ),
  learningRate: option(number({ above: 0 }), 'Peak learning rate, absolute'),
  baseLearningRate: option(
    number({ above: 0 }),
    'Peak learning rate for 256 pictures in an update, in place of learningRate',
  ),
  minLearningRate: option(number({ from: 0 }), 'Learning rate at the end (default: probe 0, fine-tune 1e-6)'),
  warmupEpochs: option(
    number({ from: 0 }),
    'Epochs of linear warm-up from 0 (default: probe 0, fine-tune a tenth of epochs)',
  ),
  schedule: option(oneOf(['cosine', 'step', 'constant']), 'Learning rate after the warm-up (default cosine)'),
  stepEpochs: option(
    number({ above: 0 }),
    "Schedule 'step': epochs between two steps (default 0.3 of epochs)",
  ),
  stepGamma: option(number({ above: 0, to: 1 }), "Schedule 'step': factor of each step (default 0.1)"),
  optimizer: option(oneOf(['adamw', 'sgd', 'lars']), 'AdamW, SGD with Nesterov, or LARS (default adamw)'),
  betas: option(pair({ from: 0, below: 1 }), "AdamW's decay rates (default 0.9,0.999)"),
  momentum: option(number({ from: 0, below: 1 }), "Momentum of 'sgd' and 'lars' (default 0.9)"),
  weightDecay: option(
    number({ from: 0 }),
    "Weight decay (default: probe 1e-4 on all of the head; fine-tune 0.05, none on biases, norms, positions; 'sgd' 1e-4, 'lars' 0)",
  ),
  weightDecayEnd: option(
    number({ from: 0 }),
    'Weight decay at the end, reached by a cosine (default: weightDecay)',
  ),
  clipGradient: option(number({ from: 0 }), 'Largest L2 norm of all gradients; 0 (default): no clipping'),
  precision: option(
    oneOf(['fp32', 'bf16', 'fp16']),
    'Of the forward pass; fp16 scales the loss (default: probe fp32; fine-tune bf16 where the hardware has it)',
  ),
  augmentation: option(augmentation, 'Random changes of the training pictures'),
  dropLast: option(flag(), 'Leave out the last incomplete batch (default: probe false, fine-tune true)'),
  headInit: option(
    z.union([z.literal('zero'), number({ from: 0 })], { error: "'zero' or a deviation of at least 0" }),
    "Head's weights: zero, or the deviation of a truncated normal (default 0.01)",
  ),
  saveEvery: option(
    integer({ from: 1 }),
    "Epochs between two saves of the run's state (default: fine-tune 1; probe at the end)",
  ),
  earlyStopping: option(
    group({
      patience: integer({ from: 1 }).describe('Epochs without a better value before the run ends'),
      metric: option(
        text('the name of a metric'),
        'Of the validation pictures (default: bestBy, or top1; mAP where a picture may have several labels)',
      ),
    }),
    'End the run when validation no longer gets better (default: never)',
  ),
  name: option(text(), "Name of the run's folder (default linear-probe, finetune)"),
} satisfies Record<keyof Recipe, z.ZodType>

const sweep = group({
  learningRates: option(
    list(number({ above: 0 }), 'a list of numbers above 0'),
    'Learning rates to try (default: learningRate alone)',
  ),
  weightDecays: option(
    list(number({ from: 0 }), 'a list of numbers of at least 0'),
    'Weight decays to try (default: weightDecay alone)',
  ),
  select: option(
    z.union(
      [
        z.literal('validation'),
        group({
          fraction: number({ above: 0, below: 1 }).describe('Share of train that chooses (default 0.1)'),
        }),
      ],
      { error: "'validation' or { fraction }" },
    ),
    "Who chooses: a held-out share of train (default), or 'validation', whose numbers are then too good",
  ),
} satisfies Record<keyof Sweep, z.ZodType>)

export const linearProbeShape = {
  ...recipeShape,
  features: option(
    oneOf(['last', 'last4', 'both']),
    'Averaged tokens of the last block (default), or of the last four side by side, each through the final norm; of both held-out training pictures choose',
  ),
  head: option(
    oneOf(['linear', 'batchnorm-linear', 'both', 'attentive']),
    'Linear (default), or behind batch norm, of both of which held-out training pictures choose; or attentive',
  ),
  attention: option(
    oneOf(['vjepa', 'capi']),
    "Form of the attentive head's pooler: V-JEPA's block (default), or capi's attention alone",
  ),
  batchNorm: option(
    oneOf(['affine', 'plain']),
    "Batch norm with a scale and a shift that train (default; VISSL's), or without (MAE's)",
  ),
  nesterov: option(flag(), "Momentum of 'sgd' is Nesterov's (default true)"),
  standardize: option(
    flag(),
    "Features are standardised by train's mean and deviation, folded into the saved head (default true, but with batch norm, c or k)",
  ),
  normalize: option(
    flag(),
    "Each picture's features have their own mean taken off and length 1, as MSN's (default false). Python cannot open such a classifier",
  ),
  cache: option(
    z.union([flag(), text('a path')], { error: 'true, false or a path' }),
    'Features are kept on the disk for later runs (default true), or in this folder',
  ),
  views: option(
    integer({ from: 1 }),
    'Fixed augmented views of each picture, which epochs take in turn (default: the pictures as they are evaluated)',
  ),
  sweep: option(sweep, 'Learning rates and weight decays, of which held-out training pictures choose'),
  k: option(
    list(integer({ from: 1 }), 'a list of whole numbers'),
    'In place of a head, weighted k nearest neighbours: numbers to choose among. Python cannot open such a classifier',
  ),
  temperature: option(number({ above: 0 }), 'Of k: of the votes (default 0.07)'),
  c: option(
    list(number({ above: 0 }), 'a list of numbers above 0'),
    'In place of updates, logistic regression: inverse L2 penalties to choose among',
  ),
  intercept: option(flag(), 'Of c: the regression has an intercept, without penalty (default true)'),
} satisfies Record<keyof LinearProbeOptions, z.ZodType>

const freezeStage = group({
  from: integer({ from: 0 }).describe('First epoch of the stage, from 0'),
  train: list(text(), 'a list of patterns of parameters').describe(
    'Patterns: head, all, norm, bias, blocks.-4.., …',
  ),
  learningRateScale: option(number({ above: 0 }), 'Factor of the learning rate (default 1)'),
} satisfies Record<keyof FreezeStage, z.ZodType>)

export const finetuneShape = {
  ...recipeShape,
  layerDecay: option(
    number({ above: 0, to: 1 }),
    'Factor of the learning rate from each layer to the one below (default 0.75)',
  ),
  dropPath: option(
    number({ from: 0, below: 1 }),
    'Drop path rate of the last block, rising linearly (default 0)',
  ),
  labelSmoothing: option(
    number({ from: 0, below: 1 }),
    'Share of the target spread over all classes (default 0.1)',
  ),
  mixup: option(number({ from: 0 }), 'Alpha of mixup; 0 (default): none'),
  cutmix: option(number({ from: 0 }), 'Alpha of cutmix; 0 (default): none'),
  mixupSwitchProbability: option(
    number({ from: 0, to: 1 }),
    'Probability of cutmix for a batch where both are on (default 0.5)',
  ),
  ema: option(
    z.union([z.literal(false), number({ above: 0, below: 1 })], {
      error: 'false or a decay above 0 and below 1',
    }),
    'Decay of averaged weights, which are saved and evaluated beside the raw ones (default false)',
  ),
  views: option(
    integer({ from: 1 }),
    'Fixed augmented views of each picture, which epochs take in turn (default: ever new ones)',
  ),
  freeze: option(
    list(freezeStage, 'a list of stages { from, train }'),
    'Stages: which parameters train from which epoch on (JSON; default all but pos_embed)',
  ),
  bestBy: option(
    text('the name of a metric'),
    `Metric of the validation pictures that the best epoch is chosen by: ${bestMetrics.join(', ')} (default top1; mAP where a picture may have several labels)`,
  ),
  checkpointing: option(
    flag(),
    'Run each block again in the backward pass: the same gradients in less memory (default false)',
  ),
  pooling: option(
    oneOf(['norm_then_mean', 'mean_then_norm']),
    "Final norm, then mean of the tokens (default), or MAE's other order",
  ),
  loss: option(
    oneOf(['cross-entropy', 'binary-cross-entropy']),
    'Loss (default cross-entropy; binary-cross-entropy where a picture may have several labels)',
  ),
  classWeights: option(
    z.union([oneOf(['none', 'balanced']), z.record(z.string(), number({ above: 0 }))], {
      error: "'none', 'balanced' or a weight by class",
    }),
    'Weights of the classes in the loss (default none)',
  ),
} satisfies Record<keyof FinetuneOptions, z.ZodType>
