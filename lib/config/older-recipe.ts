/** Recipes in the config.json of runs that an older version began. */
import type { AugmentationConfig, FinetuneConfig, LinearProbeConfig, RecipeConfig } from './config'

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

const augmentation: Partial<AugmentationConfig> = {
  randAugment: null,
  colorJitter: { brightness: 0, contrast: 0, saturation: 0, hue: 0 },
  erasing: 0,
  erasingMode: 'pixel',
}

const probe: Partial<LinearProbeConfig> = {
  ...anyRecipe,
  loss: 'cross-entropy',
  batchNorm: 'affine',
  nesterov: true,
  c: [],
  intercept: true,
  normalize: false,
  k: [],
  temperature: 0.07,
  sweep: null,
  cache: true,
  views: null,
  augmentation: null,
}

/** The recipe that a run of this or an older version has recorded, complete. */
export function recordedRecipe(
  kind: 'linear-probe' | 'finetune',
  recorded: FinetuneConfig | LinearProbeConfig,
): FinetuneConfig | LinearProbeConfig {
  if (kind === 'linear-probe') return { ...probe, ...recorded }
  const tuned = recorded as FinetuneConfig
  return {
    ...finetune,
    ...tuned,
    bestBy: tuned.bestBy ?? tuned.earlyStopping?.metric ?? null,
    augmentation: { ...augmentation, ...tuned.augmentation },
  }
}
