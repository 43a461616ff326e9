/** Which patches of a picture a classifier's answer rests on. */
import type { SampleTable } from '../../binding.gyp'
import type { Explanation, ExplanationMethod } from '../api'
import { suggestion } from '../config'
import { sequentialOrder } from '../dataset'
import { IjepaError } from '../errors'
import type { Session } from '../native'
import { evaluationLoader } from './evaluation-loader'
import type { PredictorOptions } from './predictor'

export type ExplainLoading = Omit<PredictorOptions, 'classes' | 'precision'>

export interface ExplainRequest {
  readonly method: ExplanationMethod
  readonly signal?: AbortSignal
}

export interface ExplainedPicture extends Explanation {
  /** [C] */
  readonly logits: Float32Array
}

/** Pictures of a batch: they are computed one by one, and an abort is seen between their blocks. */
const batchSize = 8

/**
 * Every picture of the table in order, for its label; one without a label (-1) for the class that is predicted.
 * @throws ERR_IMAGE_DECODE, ERR_IMAGE_REFUSED, ERR_FILE: a picture that cannot be read
 */
export async function explainPictures(
  session: Session,
  loading: ExplainLoading,
  table: SampleTable,
  { method, signal }: ExplainRequest,
): Promise<ExplainedPicture[]> {
  const { imageHeight, imageWidth, patchSize } = loading.geometry
  const grid = { height: imageHeight / patchSize, width: imageWidth / patchSize }
  const patches = grid.height * grid.width
  const loader = evaluationLoader(table, { ...loading, batchSize, onBadImage: 'throw' })
  const explained: ExplainedPicture[] = []
  try {
    loader.start(sequentialOrder(table.label.length), 0)
    for (;;) {
      const batch = await session.cancellable(signal, () => session.explain(loader, method))
      const rows = batch.samples.length
      if (rows === 0) return explained
      const classes = batch.logits.length / rows
      for (let row = 0; row < rows; row++) {
        explained.push({
          ...grid,
          weights: batch.weights.slice(row * patches, (row + 1) * patches),
          logits: batch.logits.slice(row * classes, (row + 1) * classes),
        })
      }
    }
  } finally {
    loader.dispose()
  }
}

/** Its index among the classes; -1 for no label, which stands for the class that is predicted. @throws ERR_ARGUMENT */
export function labelIndex(label: string | undefined, classes: readonly string[]): number {
  if (label === undefined) return -1
  const index = classes.indexOf(String(label).normalize('NFC'))
  if (index >= 0) return index
  const advice = suggestion(String(label), classes) || `: its ${classes.length} classes are in .classes`
  throw new IjepaError('ERR_ARGUMENT', `This classifier has no class '${label}'${advice}`)
}
