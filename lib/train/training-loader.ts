/** The way that pictures take to a fine-tune: crop, flip and augmentation, all drawn. */
import type { LoaderOptions } from '../../binding.gyp'
import type { AugmentationConfig } from '../config'
import { evaluationLoaderOptions, type EvaluationLoaderOptions } from '../inference'

export function trainingLoaderOptions(
  loading: EvaluationLoaderOptions,
  { crop, flip, interpolation, randAugment, colorJitter, erasing, erasingMode }: AugmentationConfig,
  seed: number,
): LoaderOptions {
  const { mean, std } = loading.preprocessing
  return {
    ...evaluationLoaderOptions(loading),
    resize: 'crop',
    decoding: 'fast',
    scaleMin: crop.scale[0],
    scaleMax: crop.scale[1],
    ratioMin: crop.ratio[0],
    ratioMax: crop.ratio[1],
    retries: crop.retries,
    flip,
    augmentation: {
      randAugment,
      ...colorJitter,
      erasing,
      erasingMode,
      mean: [...mean],
      std: [...std],
    },
    interpolation,
    seed,
  }
}
