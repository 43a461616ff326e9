/** The model cards of a run's classifiers. */
import { join } from 'node:path'
import type { RecipeConfig } from './config'
import type { EvaluatedRun } from './evaluate'
import { modelFolder } from './inference'
import type { Temperature } from './metrics'
import { packageVersion } from './native'
import { modelCard, writeResults, type EvaluationReport } from './report'
import { sourceOf } from './report-input'
import type { Plan, RunKind } from './train'

interface DescribedRun {
  readonly kind: RunKind
  /** In which nothing is left to choose. */
  readonly config: RecipeConfig & {
    features?: string
    head?: string
    normalize?: boolean
    k?: readonly number[]
  }
  /** That is stored with the classifier. */
  readonly temperature: Temperature | undefined
}

/** README.md of a checkpoint of the run `name`. */
export function modelCardOf(
  name: string,
  { kind, config, temperature }: DescribedRun,
  plan: Plan,
  encoder: unknown,
): string {
  const { info } = plan.encoder
  const { features, head, normalize, k = [] } = config
  const [neighbors] = head === 'neighbors' ? k : []
  return modelCard({
    name,
    library: { name: 'ijepa-classify', version: packageVersion() },
    classes: plan.dataset.classes,
    multiLabel: plan.dataset.multiLabel,
    encoder: { source: sourceOf(encoder), weights: info.weights, parameters: info.parameters },
    encoderOrigin: info.weights === 'random' ? 'random' : 'unknown',
    training: { kind, images: plan.dataset.train.labels.length },
    head: {
      pooling: config.pooling,
      features: features === 'last4' ? 'last4' : 'last',
      ...(normalize ? { normalize } : {}),
      ...(neighbors === undefined ? {} : { neighbors }),
    },
    ...(temperature ? { temperature } : {}),
    preprocessing: { ...plan.preprocessing },
    alpha: plan.loading.alpha,
  })
}

/**
 * What an evaluation found out goes into the card of each run's best checkpoint; the runs of a cross-validation were judged
 * together, and have no numbers of their own.
 * @throws ERR_FILE
 */
export async function describeResults(
  evaluated: readonly EvaluatedRun[],
  { data }: EvaluationReport,
): Promise<void> {
  for (const [index, { runs }] of evaluated.entries()) {
    const [run] = runs
    if (run === undefined || runs.length > 1) continue
    await writeResults(join(modelFolder(run.directory), 'README.md'), data, index)
  }
}
