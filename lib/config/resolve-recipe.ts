/** Options of linearProbe and finetune -> complete, frozen configurations. */
import { resolve } from 'node:path'
import type { Augmentation, FinetuneOptions, LinearProbeOptions, Recipe } from '../api'
import { defaultMetric, metricIssues, type BestMetric } from './best-metric'
import type {
  AugmentationConfig,
  FinetuneConfig,
  FreezeStageConfig,
  LinearProbeConfig,
  RecipeConfig,
  RecipeContext,
} from './config'
import { deepFreeze } from './deep-freeze'
import { effectiveBatch } from './effective-batch'
import { group } from './fields'
import { expected, throwIssues, type ConfigIssue } from './issues'
import { mergedIssues, mergeRecipe, recipeRules } from './merge-recipe'
import { finetunePresets, linearProbePresets, type Preset } from './presets'
import { finetuneShape, linearProbeShape } from './recipe-schema'
import { validate } from './validate'
import { parseRandAugment } from './rand-augment'
import { attentiveIssues, probePooling } from './resolve-attentive'
import {
  fittedIssues,
  givenHeadIssues,
  mergeProbeHead,
  ofUpdates,
  probeHeadIssues,
  resolveProbeHead,
} from './resolve-probe-head'
import { resolveSweep, sweepIssues } from './resolve-sweep'

const linearProbeSchema = group(linearProbeShape)
const finetuneSchema = group(finetuneShape)

/** What the two recipes default to differently; the rest is in `resolveCommon`. */
interface RecipeDefaults {
  readonly minLearningRate: number
  /** Share of the epochs. */
  readonly warmup: number
  readonly weightDecay: number
  readonly precision: 'fp32' | 'bf16'
  readonly dropLast: boolean
  /** Null: at the end only. */
  readonly saveEvery: number | null
  readonly name: string
}

/**
 * The configuration of a linear probe: defaults, then the preset ('auto'; 'attentive' for such a head), then the options.
 *
 * @throws IjepaError ERR_CONFIG: with every issue in `details.issues`.
 */
export function resolveLinearProbe(
  options: LinearProbeOptions | undefined,
  context: RecipeContext,
): LinearProbeConfig {
  const rules = recipeRules(linearProbePresets)
  const given = validate<LinearProbeOptions>(linearProbeSchema, options, (raw) => [
    ...rules(raw),
    ...givenHeadIssues(raw),
  ])
  const preset = given.preset ?? (given.head === 'attentive' ? 'attentive' : 'auto')
  const published = linearProbePresets[preset]!
  const start = mergeProbeHead(published.options(context, given), given)
  const merged = withoutUpdates(mergeRecipe<LinearProbeOptions>(start, given), context)
  const head = resolveProbeHead(merged)
  const isAttentive = head.head === 'attentive'
  const common = resolveCommon(preset, merged, context, {
    minLearningRate: 0,
    warmup: 0,
    weightDecay: 1e-4,
    precision: 'fp32',
    dropLast: false,
    saveEvery: isAttentive ? 1 : null,
    name: 'linear-probe',
  })
  const sweep = resolveSweep(merged.sweep, { ...common, ...head })
  throwIssues([
    ...mergedIssues(common, merged, context),
    ...sweepIssues(sweep, merged, context),
    ...fittedIssues(given, head),
    ...probeHeadIssues(head, merged, common, context),
    ...viewIssues(merged),
    ...attentiveIssues(merged, context),
  ])
  const draws = merged.views !== undefined || (isAttentive && merged.augmentation !== undefined)
  return deepFreeze({
    ...common,
    ...head,
    loss: lossOf(context),
    sweep,
    cache: typeof merged.cache === 'string' ? resolve(merged.cache) : (merged.cache ?? true),
    views: merged.views ?? null,
    augmentation: draws ? resolveAugmentation(merged) : null,
    pooling: probePooling(merged),
    ...chosenBy(published, given, context, "'auto': a head's update takes next to no memory"),
  })
}

/** What is fitted has one step, with no rate and no decay; other options as they are. */
function withoutUpdates(merged: LinearProbeOptions, { trainImages }: RecipeContext): LinearProbeOptions {
  if (merged.c === undefined && merged.k === undefined) return merged
  const kept = Object.entries(merged).filter(([option]) => !ofUpdates.includes(option as never))
  return {
    ...Object.fromEntries(kept),
    epochs: 1,
    batchSize: trainImages,
    learningRate: 0,
    schedule: 'constant',
    weightDecay: 0,
  }
}

/**
 * The configuration of a fine-tune: defaults, then the preset ('small'), then the options.
 *
 * @throws IjepaError ERR_CONFIG: with every issue in `details.issues`.
 */
export function resolveFinetune(
  options: FinetuneOptions | undefined,
  context: RecipeContext,
): FinetuneConfig {
  const rules = recipeRules(finetunePresets)
  const given = validate<FinetuneOptions>(finetuneSchema, options, rules)
  const preset = given.preset ?? 'small'
  const published = finetunePresets[preset]!
  const merged = mergeRecipe<FinetuneOptions>(published.options(context), given)
  const common = resolveCommon(preset, merged, context, {
    minLearningRate: 1e-6,
    warmup: 0.1,
    weightDecay: 0.05,
    precision: context.bf16 ? 'bf16' : 'fp32',
    dropLast: true,
    saveEvery: 1,
    name: 'finetune',
  })
  const freeze = resolveFreeze(merged.freeze)
  const issues = [
    ...mergedIssues(common, merged, context),
    ...lossIssues(merged, context),
    ...freezeIssues(freeze),
    ...bestByIssues(merged, context),
  ]
  throwIssues(issues)
  return deepFreeze({
    ...common,
    augmentation: resolveAugmentation(merged),
    layerDecay: merged.layerDecay ?? 0.75,
    dropPath: merged.dropPath ?? 0,
    ...resolveMemory(merged),
    labelSmoothing: merged.labelSmoothing ?? 0.1,
    ema: merged.ema === false ? 0 : (merged.ema ?? 0),
    mixup: merged.mixup ?? 0,
    cutmix: merged.cutmix ?? 0,
    mixupSwitchProbability: merged.mixupSwitchProbability ?? 0.5,
    loss: merged.loss ?? lossOf(context),
    classWeights: merged.classWeights ?? 'none',
    freeze,
    bestBy: resolveBestBy(merged, context),
    pooling: merged.pooling ?? 'norm_then_mean',
    ...chosenBy(published, given, context, "'auto': at most this, measured when the run begins"),
    warnings: [...common.warnings, ...freezeWarnings(freeze, common.epochs)],
  })
}

function viewIssues({ views, augmentation, head }: LinearProbeOptions): ConfigIssue[] {
  if (views !== undefined || augmentation === undefined || head === 'attentive') return []
  return [
    expected('a number of views beside augmentation: features are computed once for each', 'views', views),
  ]
}

const lossOf = ({ multiLabel = false }: RecipeContext) =>
  multiLabel ? 'binary-cross-entropy' : 'cross-entropy'

function resolveCommon(
  preset: string,
  options: Recipe,
  context: RecipeContext,
  defaults: RecipeDefaults,
): RecipeConfig {
  const batch = resolveBatch(options, context)
  const { precision = defaults.precision } = options
  return {
    preset,
    ...batch,
    ...resolveSchedule(options, effectiveBatch(batch), defaults),
    ...resolveOptimizer(options, defaults),
    precision,
    dropLast: options.dropLast ?? defaults.dropLast,
    headInit: options.headInit === 'zero' ? 0 : (options.headInit ?? 0.01),
    ...resolveCourse(options, defaults, context),
    pooling: 'norm_then_mean',
    warnings: [...batchWarnings(options, batch), ...precisionWarnings(precision, context)],
  }
}

/** No update has more pictures than there are. */
function resolveBatch({ batchSize, gradientAccumulation = 1 }: Recipe, { trainImages }: RecipeContext) {
  const fitting = Math.max(1, Math.min(batchSize as number, trainImages))
  const batches = Math.max(1, Math.min(gradientAccumulation, Math.floor(trainImages / fitting)))
  return { batchSize: fitting, gradientAccumulation: batches }
}

function resolveSchedule(options: Recipe, images: number, defaults: RecipeDefaults) {
  const { epochs = 1 } = options
  const learningRate = options.learningRate ?? (options.baseLearningRate! * images) / 256
  return {
    epochs,
    learningRate,
    minLearningRate: options.minLearningRate ?? Math.min(defaults.minLearningRate, learningRate),
    warmupEpochs: options.warmupEpochs ?? defaults.warmup * epochs,
    schedule: options.schedule ?? 'cosine',
    stepEpochs: options.stepEpochs ?? 0.3 * epochs,
    stepGamma: options.stepGamma ?? 0.1,
  }
}

function resolveOptimizer(options: Recipe, defaults: RecipeDefaults) {
  const { optimizer = 'adamw', betas = [0.9, 0.999], momentum = 0.9 } = options
  const { weightDecay = { adamw: defaults.weightDecay, sgd: 1e-4, lars: 0 }[optimizer] } = options
  return {
    optimizer,
    betas,
    epsilon: 1e-8,
    momentum,
    weightDecay,
    weightDecayEnd: options.weightDecayEnd ?? weightDecay,
    clipGradient: options.clipGradient ?? 0,
  }
}

/** When the run saves and when it ends, and what it is called. */
function resolveCourse(
  options: Recipe & Pick<FinetuneOptions, 'bestBy'>,
  defaults: RecipeDefaults,
  context: RecipeContext,
) {
  const { patience, metric = options.bestBy ?? defaultMetric(context) } = options.earlyStopping ?? {}
  return {
    timeBudgetSeconds: options.timeBudgetSeconds ?? null,
    saveEvery: options.saveEvery ?? defaults.saveEvery ?? options.epochs ?? 1,
    earlyStopping: patience === undefined ? null : { patience, metric: metric as BestMetric },
    name: options.name ?? defaults.name,
  }
}

const batchWarnings = (wanted: Recipe, got: ReturnType<typeof resolveBatch>): string[] =>
  (['batchSize', 'gradientAccumulation'] as const).flatMap((name) =>
    wanted[name] === undefined || wanted[name] === got[name]
      ? []
      : [`${name} is ${got[name]}, not ${wanted[name]}: there are no more training pictures`],
  )

function precisionWarnings(precision: RecipeConfig['precision'], { bf16, cuda }: RecipeContext): string[] {
  const lacks = (precision === 'bf16' && !bf16) || (precision === 'fp16' && !cuda)
  if (!lacks) return []
  return [`This ${cuda ? 'GPU' : 'CPU'} has no ${precision} in hardware: precision 'fp32' will be faster`]
}

/** Why the preset chose what it did, where what was given does not replace it. */
function chosenBy<Given extends Recipe>(
  published: Pick<Preset<unknown, Given>, 'reasons'>,
  given: Given,
  context: RecipeContext,
  autoBatch: string,
): { presetReasons?: Readonly<Record<string, string>> } {
  const isReplaced = (option: string) =>
    Object.hasOwn(given, option) || (option === 'baseLearningRate' && given.learningRate !== undefined)
  const kept = Object.entries(published.reasons?.(context, given) ?? {}).filter(
    ([option]) => !isReplaced(option),
  )
  if (given.batchSize === 'auto') kept.push(['batchSize', autoBatch])
  return kept.length === 0 ? {} : { presetReasons: Object.fromEntries(kept) }
}

function resolveAugmentation({ augmentation }: Recipe): AugmentationConfig {
  const {
    crop,
    flip = 0.5,
    interpolation = 'bicubic',
    erasing = 0,
    erasingMode = 'pixel',
  } = augmentation ?? {}
  const { scale = [0.5, 1], ratio = [3 / 4, 4 / 3], retries = true } = crop ?? {}
  const colorJitter = resolveColorJitter(augmentation?.colorJitter ?? 0)
  const randAugment = parseRandAugment(augmentation?.randAugment ?? '') ?? null // the schema has refused what is none
  return {
    crop: { scale, ratio, retries },
    flip,
    randAugment,
    colorJitter,
    erasing,
    erasingMode,
    interpolation,
  }
}

/** A number is brightness, contrast and saturation, no hue (timm's create_transform). */
function resolveColorJitter(
  jitter: NonNullable<Augmentation['colorJitter']>,
): AugmentationConfig['colorJitter'] {
  if (typeof jitter === 'number') return { brightness: jitter, contrast: jitter, saturation: jitter, hue: 0 }
  const { brightness = 0, contrast = 0, saturation = 0, hue = 0 } = jitter
  return { brightness, contrast, saturation, hue }
}

const resolveBestBy = ({ bestBy, earlyStopping }: FinetuneOptions, context: RecipeContext) =>
  (bestBy ?? earlyStopping?.metric ?? defaultMetric(context)) as BestMetric // mergedIssues has refused others

/** One metric chooses the epoch and ends the run. */
function bestByIssues({ bestBy, earlyStopping }: FinetuneOptions, context: RecipeContext): ConfigIssue[] {
  if (bestBy === undefined) return []
  const { metric = bestBy } = earlyStopping ?? {}
  return [
    ...metricIssues('bestBy', bestBy, context),
    ...(metric === bestBy
      ? []
      : [expected(`${metric}, as earlyStopping.metric says, or nothing there`, 'bestBy', bestBy)]),
  ]
}

const lossIssues = ({ loss }: FinetuneOptions, { multiLabel }: RecipeContext): ConfigIssue[] =>
  multiLabel && loss === 'cross-entropy'
    ? [expected("'binary-cross-entropy' where pictures have several labels", 'loss', loss)]
    : []

/** What is kept, and what is computed again. */
const resolveMemory = ({ views, checkpointing = false }: FinetuneOptions) => ({
  views: views ?? null,
  checkpointing,
})

const resolveFreeze = (freeze: FinetuneOptions['freeze']): FreezeStageConfig[] =>
  (freeze ?? [{ from: 0, train: ['all'] }]).map(({ from, train, learningRateScale = 1 }) => ({
    from,
    train: [...train],
    learningRateScale,
  }))

const freezeIssues = (freeze: readonly FreezeStageConfig[]): ConfigIssue[] =>
  freeze.flatMap(({ from }, index) => {
    const path = `freeze[${index}].from`
    if (index === 0) return from === 0 ? [] : [expected('epoch 0, where the first stage begins,', path, from)]
    const previous = freeze[index - 1]!.from
    return from > previous
      ? []
      : [expected(`an epoch after ${previous}, where the stage before begins,`, path, from)]
  })

const freezeWarnings = (freeze: readonly FreezeStageConfig[], epochs: number): string[] =>
  freeze
    .filter(({ from }) => from >= epochs)
    .map(({ from }) => `The freezing stage from epoch ${from} never begins: the run has ${epochs} epochs`)
