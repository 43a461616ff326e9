/** Some training pictures as a fine-tune's recipe draws them, for its report. */
import type { Run } from '../api'
import { recordedRecipe, type FinetuneConfig } from '../config'
import { chooseExamples, planarTable, sequentialOrder, subset } from '../dataset'
import type { ModelDescription } from '../inference'
import { thumbnails } from '../native'
import { pictureViews, type Plan } from '../train'

const pictures = 4
const views = 5

export interface TrainingViews {
  /** Printable name. */
  readonly file: string
  readonly label: number
  /** All of them, where a picture may have several. */
  readonly labels?: readonly number[]
  /** JPEG pictures: as it is evaluated, then as it is trained on. */
  readonly pictures: readonly Uint8Array[]
}

export interface TrainingViewsOptions {
  readonly plan: Plan
  readonly run: Run
  readonly model: Pick<ModelDescription, 'geometry' | 'preprocessing'>
  /** Longest side of a picture, in pixels. */
  readonly size: number
  readonly signal: AbortSignal
}

/** Undefined for probes, which see pictures as they are evaluated, and where the plan's pictures are not the run's. */
export async function trainingViews(options: TrainingViewsOptions): Promise<TrainingViews[] | undefined> {
  const { plan, run, model, size, signal } = options
  const { recipe, trainer, dataFingerprint } = run.config as {
    recipe: FinetuneConfig
    trainer: { seed: number }
    dataFingerprint: string
  }
  if (run.kind !== 'finetune' || dataFingerprint !== plan.dataset.fingerprint) return undefined
  const { augmentation } = recordedRecipe(run.kind, recipe) as FinetuneConfig
  const { seed } = trainer
  const { train } = plan.dataset
  const { table, names, keyStarts, labels, labelSets } = subset(train, chooseExamples(train, pictures, seed))
  const loading = { ...plan.loading, ...model }
  const found: TrainingViews[] = []
  for (const { sample, pixels } of await pictureViews(table, {
    loading,
    augmentation,
    seed,
    views,
    signal,
  })) {
    const { imageHeight: height, imageWidth: width } = model.geometry
    found.push({
      file: names[sample]!.slice(keyStarts[sample]),
      label: labels[sample]!,
      ...(labelSets ? { labels: labelSets[sample]! } : {}),
      pictures: await thumbnails(
        planarTable(pixels, { height, width }),
        sequentialOrder(pixels.length),
        size,
      ),
    })
  }
  return found
}
