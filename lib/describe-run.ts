/** The model card of a run's classifiers. */
import { packageVersion } from './native'
import { modelCard } from './report'
import { sourceOf } from './report-input'
import type { Plan, Recipe } from './train'

/** README.md of the checkpoints of the run `name`. */
export function modelCardOf(name: string, { kind, config }: Recipe, plan: Plan, encoder: unknown): string {
  const { info } = plan.encoder
  return modelCard({
    name,
    library: { name: 'ijepa-classify', version: packageVersion() },
    classes: plan.dataset.classes,
    encoder: { source: sourceOf(encoder), weights: info.weights, parameters: info.parameters },
    encoderOrigin: info.weights === 'random' ? 'random' : 'unknown',
    training: { kind, images: plan.dataset.train.labels.length },
    head: { pooling: config.pooling, features: 'features' in config ? config.features : 'last' },
    preprocessing: { ...plan.preprocessing },
    alpha: plan.loading.alpha,
  })
}
