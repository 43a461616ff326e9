/** What a model sees of pictures, to look at: each as it is evaluated, and as epochs of a fine-tune would see it. */
import type { LoaderOptions, SampleTable } from '../../binding.gyp'
import { evaluationLoaderOptions, type EvaluationLoaderOptions } from '../inference'
import type { AugmentationConfig } from '../config'
import { sequentialOrder } from '../dataset'
import { Loader } from '../native'
import { trainingLoaderOptions } from './training-loader'

export interface PictureViewsOptions {
  /** How pictures are read; `batchSize` does not matter. */
  readonly loading: Omit<EvaluationLoaderOptions, 'batchSize'>
  readonly augmentation: AugmentationConfig
  readonly seed: number
  /** Training views of each. */
  readonly views: number
  readonly signal?: AbortSignal | undefined
}

export interface PictureViews {
  readonly sample: number
  /** uint8 [3, H, W] each: the view of evaluation, then those of training, erased as far as 8 bits show it. */
  readonly pixels: readonly Uint8Array[]
}

/** The views of all of `table`, which is small; pictures that cannot be read are left out where `loading` skips them. */
export async function pictureViews(
  table: SampleTable,
  { loading, augmentation, seed, views, signal }: PictureViewsOptions,
): Promise<PictureViews[]> {
  const all = { ...loading, batchSize: table.label.length }
  const evaluated = await epochsOf(table, evaluationLoaderOptions(all), 1, signal)
  const trained = await epochsOf(table, trainingLoaderOptions(all, augmentation, seed), views, signal)
  const found = Array.from(sequentialOrder(table.label.length), (sample) => ({
    sample,
    pixels: [...evaluated, ...trained].flatMap((epoch) => epoch.get(sample) ?? []),
  }))
  return found.filter(({ pixels }) => pixels.length === 1 + views)
}

/** Pixels of each sample in each of the first epochs. */
async function epochsOf(
  table: SampleTable,
  options: LoaderOptions,
  epochs: number,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<number, Uint8Array>[]> {
  const loader = new Loader(table, options)
  const bytes = 3 * options.height * options.width
  try {
    const found: ReadonlyMap<number, Uint8Array>[] = []
    for (let epoch = 0; epoch < epochs; epoch++) {
      signal?.throwIfAborted()
      loader.start(sequentialOrder(table.label.length), epoch)
      const { pixels, samples } = await loader.read()
      const rows = Array.from(samples, (sample, row) => [sample, row] as const)
      found.push(
        new Map(rows.map(([sample, row]) => [sample, pixels.subarray(row * bytes, (row + 1) * bytes)])),
      )
    }
    return found
  } finally {
    loader.dispose()
  }
}
