/** What a probe tries, and who chooses of it. */
import type { LinearProbeOptions, Sweep } from '../api'
import type { RecipeConfig, RecipeContext, SweepConfig } from './config'
import { expected, type ConfigIssue } from './issues'

/** capi and DINOv2's logistic regression hold out as much of train. */
const defaultFraction = 0.1

export function resolveSweep(
  sweep: Sweep | undefined,
  { learningRate, weightDecay }: Pick<RecipeConfig, 'learningRate' | 'weightDecay'>,
): SweepConfig | null {
  if (sweep === undefined) return null
  return {
    learningRates: distinct(sweep.learningRates ?? [learningRate]),
    weightDecays: distinct(sweep.weightDecays ?? [weightDecay]),
    select: sweep.select ?? { fraction: defaultFraction },
  }
}

const distinct = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b)

/** What a sweep cannot do. */
export function sweepIssues(
  sweep: SweepConfig | null,
  options: LinearProbeOptions,
  { multiLabel, validates }: RecipeContext,
): ConfigIssue[] {
  if (sweep === null) return []
  const issues: ConfigIssue[] = []
  for (const list of ['learningRates', 'weightDecays'] as const) {
    if (sweep[list].length === 0) issues.push(expected('a list with a number in it', `sweep.${list}`, '[]'))
  }
  if (multiLabel) issues.push(expected('no sweep where pictures have several labels', 'sweep', sweep))
  if (options.clipGradient) issues.push(expected('0 with sweep', 'clipGradient', options.clipGradient))
  if (options.weightDecayEnd !== undefined) {
    issues.push(expected('no weightDecayEnd with sweep', 'weightDecayEnd', options.weightDecayEnd))
  }
  if (sweep.select === 'validation' && validates === false) {
    issues.push(expected('{ fraction } where there is no validation set', 'sweep.select', 'validation'))
  }
  return issues
}
