/** One picture as the model sees it under every change, for the report. */
import { chooseExamples, planarTable, sequentialOrder, type Split } from '../dataset'
import { evaluationLoader, type ModelDescription } from '../inference'
import { thumbnails } from '../native'
import type { Plan } from '../train'
import type { PictureLoading } from './changed-pictures'

export interface ChangedExample {
  /** Printable name. */
  readonly file: string
  readonly label: number
  /** JPEG: as it is. */
  readonly clean: Uint8Array
  /** JPEG pictures, by change. */
  readonly changed: readonly Uint8Array[]
}

export interface ChangedExampleOptions {
  readonly plan: Plan
  readonly split: Split
  readonly model: Pick<ModelDescription, 'geometry' | 'preprocessing'>
  readonly thumbnailSize: number
  readonly signal: AbortSignal
}

/** Undefined where the picture cannot be read. */
export async function changedExample(
  changes: readonly PictureLoading[],
  options: ChangedExampleOptions,
): Promise<ChangedExample | undefined> {
  const { plan, split, model, signal } = options
  const sample = chooseExamples(split, 1, plan.seed)[0]!
  const pictures: Uint8Array[] = []
  for (const change of [{}, ...changes]) {
    signal.throwIfAborted()
    const pixels = await pixelsOf(sample, change, options)
    if (pixels === undefined) return undefined
    pictures.push(pixels)
  }
  const { imageHeight: height, imageWidth: width } = model.geometry
  const table = planarTable(pictures, { height, width })
  const order = sequentialOrder(pictures.length)
  const [clean, ...changed] = await thumbnails(table, order, options.thumbnailSize)
  const file = split.names[sample]!.slice(split.keyStarts[sample])
  return { file, label: split.labels[sample]!, clean: clean!, changed }
}

/** uint8 [3, H, W]. */
async function pixelsOf(
  sample: number,
  change: PictureLoading,
  { plan, split, model }: ChangedExampleOptions,
): Promise<Uint8Array | undefined> {
  const loader = evaluationLoader(split.table, { ...plan.loading, ...model, batchSize: 1, ...change })
  try {
    loader.start(Int32Array.of(sample), 0)
    const { pixels, samples } = await loader.read()
    return samples.length === 1 ? pixels : undefined
  } finally {
    loader.dispose()
  }
}
