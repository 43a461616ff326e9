/** What a run would take: memory and time, reckoned from a few real updates on a model of its own. */
import type { Estimate, TrainEvent } from '../api'
import { deviceMemory } from '../native'
import { estimateAttentive } from './estimate-attentive'
import { estimateFinetune } from './estimate-finetune'
import { estimateProbe } from './estimate-probe'
import type { Plan } from './plan'
import type { Recipe } from './run'
import type { Warn } from './snapshot'
import { inTrialFolder } from './trial-folder'

export interface EstimateOptions {
  readonly plan: Plan
  readonly recipe: Recipe
  /** What config.json would hold. */
  readonly record: Readonly<Record<string, unknown>>
  /** Of runs: what is written meanwhile is written there. */
  readonly directory: string
  readonly logEvery: number
  readonly signal: AbortSignal
  readonly emit: (event: TrainEvent) => void
}

/** What every kind of trial is given. */
export interface Trial {
  readonly plan: Plan
  readonly record: Readonly<Record<string, unknown>>
  /** Empty, and removed afterwards. */
  readonly folder: string
  readonly logEvery: number
  readonly signal: AbortSignal
  readonly warn: Warn
}

/** Leaves nothing on the disk. */
export async function estimate({
  plan,
  recipe,
  directory,
  emit,
  ...options
}: EstimateOptions): Promise<Estimate> {
  return inTrialFolder(directory, async (folder) => {
    deviceMemory(plan.device)
    const { peak: before } = deviceMemory(plan.device) // of others: what there is now
    const warn: Warn = (code, message) => {
      emit({ type: 'warning', code, message })
    }
    const trial = { ...options, plan, folder, warn }
    const found = await estimateRecipe(recipe, trial)
    return { ...found, bytes: found.bytes - before }
  })
}

function estimateRecipe(recipe: Recipe, trial: Trial): Promise<Estimate> {
  if (recipe.kind === 'finetune') return estimateFinetune(recipe.config, trial)
  const { config } = recipe
  return config.head === 'attentive' ? estimateAttentive(config, trial) : estimateProbe(config, trial)
}
