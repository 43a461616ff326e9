/** The model card of a run's classifiers. */
import type { RecipeConfig } from './config'
import type { Temperature } from './metrics'
import { packageVersion } from './native'
import { modelCard } from './report'
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
