/** Pictures as a model sees them in evaluation: resized and cropped, as JPEG files. */
import type { SampleTable } from '../../binding.gyp'
import { planarTable, sequentialOrder } from '../dataset'
import { thumbnails } from '../native'
import { evaluationLoader, type EvaluationLoaderOptions } from './evaluation-loader'

/**
 * A JPEG for every sample, in order; the longest side is at most `size` pixels.
 * @throws ERR_IMAGE_DECODE, ERR_IMAGE_REFUSED, ERR_FILE: a picture that cannot be read
 */
export async function seenPictures(
  table: SampleTable,
  loading: Omit<EvaluationLoaderOptions, 'batchSize' | 'onBadImage'>,
  size: number,
): Promise<Uint8Array[]> {
  const { imageHeight: height, imageWidth: width } = loading.geometry
  const loader = evaluationLoader(table, { ...loading, batchSize: 8, onBadImage: 'throw' })
  const pictures: Uint8Array[] = []
  try {
    loader.start(sequentialOrder(table.label.length), 0)
    for (;;) {
      const { pixels, samples } = await loader.read()
      if (samples.length === 0) break
      const own = Array.from(samples, (_, i) =>
        pixels.slice(i * 3 * height * width, (i + 1) * 3 * height * width),
      )
      pictures.push(
        ...(await thumbnails(planarTable(own, { height, width }), sequentialOrder(own.length), size)),
      )
    }
  } finally {
    loader.dispose()
  }
  return pictures
}
