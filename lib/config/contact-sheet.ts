/** Options of contactSheet -> what it draws. */
import { z } from 'zod'
import type { ContactSheetOptions } from '../api'
import type { AugmentationConfig, FinetuneConfig, PreprocessingConfig } from './config'
import { group, integer, option, text } from './fields'
import { expected, throwIssues, type ConfigIssue } from './issues'
import { resolvePreprocessing } from './preprocessing'
import { finetuneShape } from './recipe-schema'
import { resolveFinetune } from './resolve-recipe'
import { abortSignal, imageSize, preprocessing, source } from './trainer-schema'
import { validate } from './validate'

/** What the script takes as flags. */
export const contactSheetShape = {
  preset: option(text(), 'Fine-tuning preset whose augmentation is shown (default small)'),
  augmentation: option(
    finetuneShape.augmentation,
    "Random changes of the pictures, in place of the preset's",
  ),
  preprocessing: option(preprocessing, 'How a picture is evaluated, which is shown beside'),
  imageSize: option(imageSize, 'Pixels that go in, as the encoder has them (default 224)'),
  pictures: option(
    integer({ from: 1, to: 50 }),
    'Pictures that are shown, of as many classes as can be (default 8)',
  ),
  views: option(integer({ from: 1, to: 32 }), 'Training views of each (default 6)'),
  seed: option(integer({ from: 0 }), 'Seed of the choice and of every draw (default 0)'),
}

const endings = ['.html', '.jpg', '.jpeg', '.png'] as const
type Ending = (typeof endings)[number]

const endingOf = (path: string): Ending | undefined =>
  endings.find((ending) => path.toLowerCase().endsWith(ending))

const schema = group({
  ...contactSheetShape,
  data: source.describe('Labelled pictures'),
  out: z
    .string({ error: 'a path' })
    .refine((path) => endingOf(path) !== undefined, { error: 'a file that ends in .html, .jpg or .png' }),
  signal: option(abortSignal, 'Aborts the call'),
} satisfies Record<keyof ContactSheetOptions, z.ZodType>)

interface Sizes {
  readonly height: number
  readonly width: number
  readonly pictures: number
  readonly views: number
}

export interface ContactSheetConfig extends Sizes {
  readonly data: ContactSheetOptions['data']
  readonly out: string
  readonly form: 'html' | 'jpeg' | 'png'
  readonly augmentation: AugmentationConfig
  /** Alphas of what is done to whole batches, which a single picture does not show. */
  readonly mixing: Pick<FinetuneConfig, 'mixup' | 'cutmix'>
  readonly preprocessing: PreprocessingConfig
  readonly seed: number
  readonly signal: AbortSignal | undefined
}

/** A JPEG's sides have an end, and so has memory. */
const largestSide = 1024
const mostPixels = 20_000_000

function sizeIssues({ height, width, pictures, views }: Sizes): ConfigIssue[] {
  if (Math.max(height, width) > largestSide)
    return [expected(`at most ${largestSide} pixels a side`, 'imageSize', { height, width })]
  const pixels = pictures * (1 + views) * height * width
  return pixels > mostPixels
    ? [
        expected(
          `fewer pictures, views or pixels (${mostPixels.toLocaleString('en')} in all)`,
          'pictures',
          pictures,
        ),
      ]
    : []
}

/** No preset chooses its augmentation by these. */
const anyContext = {
  depth: 12,
  embedDim: 384,
  trainImages: 1_000_000,
  classes: 1_000,
  cuda: false,
  bf16: false,
}

/** @throws IjepaError ERR_CONFIG */
export function resolveContactSheet(options: ContactSheetOptions): ContactSheetConfig {
  const given = validate<ContactSheetOptions>(schema, options)
  const { preset, imageSize: size = 224, pictures = 8, views = 6, seed = 0 } = given
  const recipe = resolveFinetune({ preset, augmentation: given.augmentation }, anyContext)
  const ending = endingOf(given.out)
  const sizes = { ...(typeof size === 'number' ? { height: size, width: size } : size), pictures, views }
  throwIssues(sizeIssues(sizes))
  return {
    data: given.data,
    out: given.out,
    form: ending === '.html' ? 'html' : ending === '.png' ? 'png' : 'jpeg',
    augmentation: recipe.augmentation,
    mixing: { mixup: recipe.mixup, cutmix: recipe.cutmix },
    preprocessing: resolvePreprocessing(given.preprocessing, undefined, 'encoder').preprocessing,
    ...sizes,
    seed,
    signal: given.signal,
  }
}
