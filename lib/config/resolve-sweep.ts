/** What a probe tries, and who chooses of it. */
import type { LinearProbeOptions, Sweep } from '../api'
import type { LinearProbeConfig, RecipeConfig, RecipeContext, SweepConfig } from './config'
import { expected, type ConfigIssue } from './issues'
import { distinct, isFitted } from './resolve-probe-head'

/** capi and DINOv2's logistic regression hold out as much of train. */
const defaultFraction = 0.1

type Probe = Pick<RecipeConfig, 'learningRate' | 'weightDecay'> &
  Pick<LinearProbeConfig, 'features' | 'head' | 'c' | 'k'>

export function resolveSweep(sweep: Sweep | undefined, probe: Probe): SweepConfig | null {
  const select = sweep?.select ?? { fraction: defaultFraction }
  const several = probe.features === 'both' || probe.head === 'both' || probe.c.length + probe.k.length > 1
  if (isFitted(probe)) return several ? { learningRates: [], weightDecays: [], select } : null
  if (sweep === undefined && !several) return null
  return {
    learningRates: distinct(sweep?.learningRates ?? [probe.learningRate]),
    weightDecays: distinct(sweep?.weightDecays ?? [probe.weightDecay]),
    select,
  }
}

/** What a sweep cannot do. */
export function sweepIssues(
  sweep: SweepConfig | null,
  options: LinearProbeOptions,
  { multiLabel, validates }: RecipeContext,
): ConfigIssue[] {
  if (sweep === null) return []
  const issues: ConfigIssue[] = []
  for (const list of ['learningRates', 'weightDecays'] as const) {
    if (options.sweep?.[list]?.length === 0)
      issues.push(expected('a list with a number in it', `sweep.${list}`, '[]'))
  }
  if (multiLabel) issues.push(expected('no sweep where pictures have several labels', 'sweep', sweep))
  if (options.views !== undefined) {
    const why = 'no views beside a choice, which is made by the pictures as they are evaluated'
    issues.push(expected(why, 'views', options.views))
  }
  if (options.clipGradient) issues.push(expected('0 with sweep', 'clipGradient', options.clipGradient))
  if (options.weightDecayEnd !== undefined) {
    issues.push(expected('no weightDecayEnd with sweep', 'weightDecayEnd', options.weightDecayEnd))
  }
  if (sweep.select === 'validation' && validates === false) {
    issues.push(expected('{ fraction } where there is no validation set', 'sweep.select', 'validation'))
  }
  return issues
}
