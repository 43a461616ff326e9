/** The one way that pictures take to a model outside training: resize, crop, and no draw at all. */
import type { CorruptionOptions, LoaderOptions, PerturbationOptions, SampleTable } from '../../binding.gyp'
import type { EncoderGeometry } from '../checkpoint'
import type { PreprocessingConfig } from '../config'
import { Loader } from '../native'

/** Pictures with more pixels are refused from their header. */
export const maxPixels = 100_000_000

export interface EvaluationLoaderOptions {
  readonly geometry: Pick<EncoderGeometry, 'imageHeight' | 'imageWidth'>
  readonly preprocessing: PreprocessingConfig
  readonly batchSize: number
  readonly threads: number
  readonly alpha: 'white' | 'ignore'
  readonly onBadImage: 'throw' | 'skip'
  /** Of the resized picture; absent: none. */
  readonly corruption?: CorruptionOptions
  /** Of the resized picture; absent: none. */
  readonly perturbation?: PerturbationOptions
}

export function evaluationLoaderOptions(options: EvaluationLoaderOptions): LoaderOptions {
  const { geometry, preprocessing, batchSize, threads, alpha, onBadImage, corruption, perturbation } = options
  return {
    height: geometry.imageHeight,
    width: geometry.imageWidth,
    resize: preprocessing.resize,
    cropFraction: preprocessing.cropFraction,
    interpolation: preprocessing.interpolation,
    alpha,
    decoding: 'exact',
    scaleMin: 1,
    scaleMax: 1,
    ratioMin: 1,
    ratioMax: 1,
    retries: false,
    flip: 0,
    ...(corruption ? { corruption } : {}),
    ...(perturbation ? { perturbation } : {}),
    batchSize,
    dropLast: false,
    threads,
    seed: 0,
    maxPixels,
    onBadImage,
  }
}

export function evaluationLoader(table: SampleTable, options: EvaluationLoaderOptions): Loader {
  return new Loader(table, evaluationLoaderOptions(options))
}
