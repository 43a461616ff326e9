/** Recipes in the config.json of runs that an older version began. */
import type { FinetuneConfig, LinearProbeConfig, RecipeConfig } from './config'

/** What was added since, as those runs were made without it. */
const anyRecipe = { gradientAccumulation: 1, momentum: 0.9 } satisfies Partial<RecipeConfig>

const finetune: Partial<FinetuneConfig> = {
  ...anyRecipe,
  checkpointing: false,
  ema: 0,
  mixup: 0,
  cutmix: 0,
  mixupSwitchProbability: 0.5,
  classWeights: 'none',
  views: null,
}

const probe: Partial<LinearProbeConfig> = { ...anyRecipe, loss: 'cross-entropy' }

/** The recipe that a run of this or an older version has recorded, complete. */
export function recordedRecipe(
  kind: 'linear-probe' | 'finetune',
  recorded: FinetuneConfig | LinearProbeConfig,
): FinetuneConfig | LinearProbeConfig {
  return { ...(kind === 'finetune' ? finetune : probe), ...recorded }
}
