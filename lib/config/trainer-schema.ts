/** Schemas of what a Trainer is made of: encoder, data, preprocessing, device. */
import { z } from 'zod'
import type {
  Architecture,
  DataOptions,
  Device,
  EncoderSource,
  Preprocessing,
  Source,
  TrainerOptions,
} from '../api'
import { group, integer, list, number, oneOf, option, text, triple } from './fields'

export const imageSize = z.union(
  [
    integer({ from: 1 }),
    group({
      height: integer({ from: 1 }).describe('Pixels'),
      width: integer({ from: 1 }).describe('Pixels'),
    }),
  ],
  {
    error: 'a number of pixels, or { height, width }',
  },
)

const architecture = group({
  embedDim: integer({ from: 1 }).describe('Width of the tokens'),
  depth: integer({ from: 1 }).describe('Number of blocks'),
  heads: integer({ from: 1 }).describe('Attention heads of a block; divides embedDim'),
  mlpRatio: option(number({ above: 0 }), 'Hidden width of the MLP by embedDim (default 4)'),
} satisfies Record<keyof Architecture, z.ZodType>).refine(({ embedDim, heads }) => embedDim % heads === 0, {
  error: 'an embedDim that is a multiple of heads',
})

const architectureNames = ['vit_tiny', 'vit_small', 'vit_base', 'vit_large', 'vit_huge', 'vit_giant'] as const

const encoder = z.union(
  [
    text('a path'),
    group({
      from: text('a path').describe('Checkpoint file, Hugging Face folder, or run folder'),
      weights: option(
        oneOf(['target_encoder', 'encoder']),
        'Which of its encoders (default target_encoder, as in the paper)',
      ),
      heads: option(integer({ from: 1 }), 'Attention heads of a block, where the file does not say'),
      imageSize: option(imageSize, "Pixels of the pictures that go in (default: the checkpoint's)"),
      positions: option(
        oneOf(['interpolate', 'regenerate']),
        'Position embeddings at another image size (default interpolate)',
      ),
    }),
    group({
      architecture: z
        .union([oneOf(architectureNames), architecture], {
          error: `one of ${architectureNames.map((name) => `'${name}'`).join(', ')}, or { embedDim, depth, heads, mlpRatio }`,
        })
        .describe('Shape of an encoder with random weights, a name or its parts'),
      patchSize: integer({ from: 1 }).describe('Pixels of a patch, for random weights'),
      imageSize: imageSize.describe('Pixels of the pictures that go in'),
      seed: option(integer({ from: 0 }), "Seed of random weights (default: the trainer's)"),
    }),
  ],
  { error: 'a path, { from, … } or { architecture, patchSize, imageSize }' },
) satisfies z.ZodType<EncoderSource>

const isSample = (sample: unknown): boolean =>
  typeof sample === 'object' && sample !== null && typeof (sample as { image?: unknown }).image === 'string'

/** One check by item and no copy: a list may hold a million samples. */
const sourceList = z.custom<readonly string[] | Extract<Source, readonly { image: string }[]>>(
  (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    (value.every((item) => typeof item === 'string' && item !== '') || value.every(isSample)),
  { error: 'a list of paths or of samples { image, label }' },
)

const labelledFolder = group({
  images: text('a path').describe('Flat folder or tar of pictures'),
  labels: text('a path').describe('File of their labels'),
  synsets: option(
    text('a path'),
    "The devkit's meta.mat, or lines 'ILSVRC2012_ID WNID': the class of each id in labels",
  ),
  labelColumn: option(text(), 'Attribute of list_attr_celeba.txt that is the class (CelebA)'),
  splits: option(text('a path'), 'list_eval_partition.txt (CelebA; default: the one beside the labels)'),
})

export const source = z.union([text('a path'), sourceList, labelledFolder], {
  error: 'a path, a list of paths or samples, or { images, labels }',
}) satisfies z.ZodType<Source>

const validation = z.union(
  [
    z.literal('none', { error: "'none'" }),
    text('a path'),
    sourceList,
    labelledFolder,
    group({ fraction: number({ above: 0, below: 1 }).describe('Share of train that is held out') }),
  ],
  { error: "a path, a list, { images, labels }, { fraction } or 'none'" },
)

export const dataShape = {
  train: source.describe('Pictures to train on: a folder or tar of class folders'),
  validation: option(
    validation,
    "Pictures that the epoch is chosen by (default: a stratified 10 % of train); 'none'",
  ),
  test: option(source, 'Pictures that nothing is ever chosen by'),
  classes: option(
    list(text(), 'a list of names'),
    "Classes in order (default: code-point order of train's names)",
  ),
  labels: option(oneOf(['fine', 'coarse']), "Of CIFAR-100's binaries: 100 classes (default) or 20"),
  subset: option(
    group({
      fraction: option(number({ above: 0, to: 1 }), 'Share of train, by class'),
      perClass: option(integer({ from: 1 }), 'Pictures of each class'),
      list: option(text('a path'), 'File that lists the pictures'),
      seed: option(integer({ from: 0 }), "Seed of the choice (default: the trainer's)"),
    }),
    'Part of train that is used',
  ),
  groupBy: option(
    text(),
    'Regular expression on the path, or manifest column: a group stays on one side of a split',
  ),
  onBadImage: option(oneOf(['throw', 'skip']), 'What a picture that cannot be read does (default throw)'),
  alpha: option(
    oneOf(['white', 'ignore']),
    'Transparent pictures: composited on white (default), or their colours as they are',
  ),
} satisfies Record<keyof DataOptions, z.ZodType>

export const preprocessing = group({
  resize: option(
    oneOf(['shortest', 'squash', 'pad']),
    'Shortest side and centre crop (default), both sides stretched, or padded',
  ),
  cropFraction: option(
    number({ above: 0, to: 1 }),
    'Share of the shortest side that the centre crop keeps (default 0.875)',
  ),
  interpolation: option(oneOf(['bicubic', 'bilinear']), 'Filter, always antialiased (default bicubic)'),
  mean: option(triple({}), "Mean of the channels in [0, 1] (default: ImageNet's)"),
  std: option(triple({ above: 0 }), "Deviation of the channels (default: ImageNet's)"),
} satisfies Record<keyof Preprocessing, z.ZodType>)

export const device = z.custom<Device>(
  (value) => typeof value === 'string' && /^(auto|cpu|cuda(:\d+)?)$/.test(value),
  { error: "'auto', 'cpu', 'cuda' or 'cuda:N'" },
)

export const abortSignal = z.custom<AbortSignal>(
  (value) => typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value,
  { error: 'an AbortSignal' },
)

export const trainerShape = {
  encoder: encoder.describe('Official .pth.tar, .safetensors, Hugging Face folder or run folder'),
  data: group(dataShape, 'an object with train').describe('The pictures'),
  preprocessing: option(preprocessing, 'How a picture becomes the input'),
  device: option(device, "'cpu', 'cuda', 'cuda:N' or 'auto' (default): CUDA when it works"),
  threads: option(integer({ from: 1, to: 1024 }), 'Threads (default: the processors that are granted)'),
  memoryLimit: option(
    integer({ from: 1 }),
    "Bytes that a CPU's tensors may take (default: nine tenths of what is free when a run begins)",
  ),
  seed: option(integer({ from: 0 }), 'Seed of every draw (default 0)'),
  directory: option(text('a path'), "Folder of the runs' folders (default runs)"),
  signal: option(abortSignal, 'Aborts what is running'),
} satisfies Record<keyof TrainerOptions, z.ZodType>
