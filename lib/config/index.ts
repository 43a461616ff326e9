/** Options -> complete, frozen configurations; presets; flags of the scripts. */
export type {
  AugmentationConfig,
  DataConfig,
  EvaluateConfig,
  FinetuneConfig,
  FreezeStageConfig,
  LabelEfficiencyConfig,
  ShiftConfig,
  SweepConfig,
  LinearProbeConfig,
  PreprocessingConfig,
  RecipeConfig,
  RecipeContext,
  RobustnessConfig,
  Suite,
  TrainerConfig,
} from './config'
export { allCorruptions, commonCorruptions } from './corruptions'
export { isImageNet } from './imagenet-classes'
export { sensitivityChanges, type SensitivityChange } from './sensitivity-changes'
export { bestMetrics, defaultMetric, type BestMetric } from './best-metric'
export { withAbsolutePaths } from './absolute-paths'
export { resolveContactSheet, type ContactSheetConfig } from './contact-sheet'
export { splitControl } from './control'
export { suggestion } from './nearest'
export { defaultPreprocessing, resolvePreprocessing } from './preprocessing'
export { effectiveBatch } from './effective-batch'
export { isFitted, isPlain } from './resolve-probe-head'
export { recordedRecipe } from './older-recipe'
export { finetunePresets, linearProbePresets } from './presets'
export { resolveRateRange } from './resolve-rate-range'
export { resolveKind } from './resolve-kind'
export { resolveEvaluate } from './resolve-evaluate'
export { resolveRepetition, type RepetitionConfig } from './resolve-repetition'
export { resolveFinetune, resolveLinearProbe } from './resolve-recipe'
export { resolveData, resolveTrainer } from './resolve-trainer'
export type { CommandFlags, CommandName } from './command-flags'
export { optionsFromFlags } from './flags'
export { helpText } from './help'
