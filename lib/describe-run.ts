/** The model card of a run's classifiers. */
import type { RecipeConfig } from './config'
import { packageVersion } from './native'
import { modelCard } from './report'
import { sourceOf } from './report-input'
import type { Plan, RunKind } from './train'

/** README.md of the checkpoints of the run `name`, of a recipe in which nothing is left to choose. */
export function modelCardOf(
  name: string,
  {
    kind,
    config,
  }: {
    kind: RunKind
    config: RecipeConfig & { features?: string; head?: string; normalize?: boolean; k?: readonly number[] }
  },
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
    preprocessing: { ...plan.preprocessing },
    alpha: plan.loading.alpha,
  })
}
