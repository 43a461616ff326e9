/** How long this machine takes for a picture of the suites, measured on the pictures that are evaluated. */
import { sensitivityChanges, type EvaluateConfig } from '../config'
import { evenOrder, type Split } from '../dataset'
import { evaluationLoader } from '../inference'
import type { Plan } from '../train'
import type { AccuracyResult } from './accuracy'
import type { PictureLoading } from './changed-pictures'
import type { Speed } from './quick-budget'

/** Pictures that are changed for it, by each change. */
const timedImages = 32
const middleSeverity = 3

export interface SpeedOptions {
  readonly plan: Plan
  readonly split: Split
  readonly signal: AbortSignal
  /** Milliseconds. @default performance.now */
  readonly now?: () => number
}

/**
 * Judging is as fast as accuracy has just been, by every run; changing pictures is timed by itself, and counted as if nothing were
 * judged meanwhile, which is so where both want the same processors.
 */
export async function measuredSpeed(
  results: readonly AccuracyResult[],
  config: Pick<EvaluateConfig, 'suites' | 'robustness' | 'sensitivity'>,
  options: SpeedOptions,
): Promise<Speed> {
  const judging = results.map(({ imagesPerSecond }) => 1 / imagesPerSecond)
  const changing = await secondsOfChanging(changesOf(config), results[0]!.model, options)
  return {
    encoding: judging[0]!,
    changed: judging.reduce((sum, seconds) => sum + seconds, 0) + results.length * changing,
  }
}

function changesOf({
  suites,
  robustness,
  sensitivity,
}: Pick<EvaluateConfig, 'suites' | 'robustness' | 'sensitivity'>): PictureLoading[] {
  const corruptions = suites.includes('robustness') ? robustness.corruptions : []
  return [
    ...corruptions.map((name) => ({ corruption: { name, severity: middleSeverity, seed: 0 } })),
    ...(sensitivity
      ? sensitivityChanges.map(({ name, strength }) => ({ perturbation: { name, strength, seed: 0 } }))
      : []),
  ]
}

/** For one picture, mean over the changes. */
async function secondsOfChanging(
  changes: readonly PictureLoading[],
  model: AccuracyResult['model'],
  { plan, split, signal, now = () => performance.now() }: SpeedOptions,
): Promise<number> {
  const order = evenOrder(split.labels.length, timedImages)
  const begun = now()
  for (const change of changes) {
    const options = { ...plan.loading, ...model, batchSize: timedImages, ...change }
    const loader = evaluationLoader(split.table, { ...options, onBadImage: 'skip' })
    try {
      loader.start(order, 0)
      while ((await loader.read()).samples.length > 0) signal.throwIfAborted()
    } finally {
      loader.dispose()
    }
  }
  return (now() - begun) / 1000 / Math.max(1, changes.length * order.length)
}
