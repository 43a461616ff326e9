/** One picture as the model sees it under every corruption, for the report. */
import type { RobustnessConfig } from '../config'
import { chooseExamples, planarTable, sequentialOrder, type Split } from '../dataset'
import { evaluationLoader, type ModelDescription } from '../inference'
import { thumbnails } from '../native'
import type { Plan } from '../train'

export interface CorruptedExample {
  /** Printable name. */
  readonly file: string
  readonly label: number
  /** Of those below. */
  readonly severity: number
  /** JPEG: as it is. */
  readonly clean: Uint8Array
  /** JPEG pictures by corruption, in the order of the suite's. */
  readonly corrupted: readonly Uint8Array[]
}

export interface CorruptedExampleOptions {
  readonly plan: Plan
  readonly split: Split
  readonly model: Pick<ModelDescription, 'geometry' | 'preprocessing'>
  readonly config: RobustnessConfig
  readonly thumbnailSize: number
  readonly signal: AbortSignal
}

/** The example is at the middle of the severities; undefined where its picture cannot be read. */
export async function corruptedExample(
  options: CorruptedExampleOptions,
): Promise<CorruptedExample | undefined> {
  const { plan, split, model, config, signal } = options
  const { corruptions, severities } = config
  const sample = chooseExamples(split, 1, plan.seed)[0]!
  const severity = severities[Math.floor((severities.length - 1) / 2)]!
  const pictures: Uint8Array[] = []
  for (const name of [undefined, ...corruptions]) {
    signal.throwIfAborted()
    const pixels = await pixelsOf(sample, name === undefined ? undefined : { name, severity }, options)
    if (pixels === undefined) return undefined
    pictures.push(pixels)
  }
  const { imageHeight: height, imageWidth: width } = model.geometry
  const table = planarTable(pictures, { height, width })
  const [clean, ...corrupted] = await thumbnails(
    table,
    sequentialOrder(pictures.length),
    options.thumbnailSize,
  )
  const file = split.names[sample]!.slice(split.keyStarts[sample])
  return { file, label: split.labels[sample]!, severity, clean: clean!, corrupted }
}

/** uint8 [3, H, W]. */
async function pixelsOf(
  sample: number,
  corruption: { name: string; severity: number } | undefined,
  { plan, split, model }: CorruptedExampleOptions,
): Promise<Uint8Array | undefined> {
  const loader = evaluationLoader(split.table, {
    ...plan.loading,
    ...model,
    batchSize: 1,
    ...(corruption ? { corruption: { ...corruption, seed: plan.seed } } : {}),
  })
  try {
    loader.start(Int32Array.of(sample), 0)
    const { pixels, samples } = await loader.read()
    return samples.length === 1 ? pixels : undefined
  } finally {
    loader.dispose()
  }
}
