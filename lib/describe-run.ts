/** The model card of a run's classifiers. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageVersion } from './native'
import { modelCard } from './report'
import { sourceOf } from './report-input'
import type { Plan, RunFolder, RunKind } from './train'

/** Writes README.md into the run's best and last checkpoint. */
export async function writeModelCards(
  folder: RunFolder,
  kind: RunKind,
  plan: Plan,
  encoder: unknown,
): Promise<void> {
  const { info } = plan.encoder
  const card = modelCard({
    name: folder.name,
    library: { name: 'ijepa-classify', version: packageVersion() },
    classes: plan.dataset.classes,
    encoder: { source: sourceOf(encoder), weights: info.weights, parameters: info.parameters },
    encoderOrigin: info.weights === 'random' ? 'random' : 'unknown',
    training: { kind, images: plan.dataset.train.labels.length },
    preprocessing: { ...plan.preprocessing },
    alpha: plan.loading.alpha,
  })
  for (const which of ['best', 'last'] as const) {
    const path = folder.checkpoint(which)
    if (existsSync(path)) await writeFile(join(path, 'README.md'), card)
  }
}
