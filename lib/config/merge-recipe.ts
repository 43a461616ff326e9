/** Defaults, then the preset, then what was given; and the issues that only the merged values show. */
import type { Augmentation, Recipe } from '../api'
import { metricIssues } from './best-metric'
import type { RecipeConfig, RecipeContext } from './config'
import { contradiction, expected, type ConfigIssue } from './issues'
import { suggestion } from './nearest'
import type { Preset } from './presets'

/** Later options win, but batchSize 'auto', which is found within the preset's; an augmentation is merged option by option; a given learning rate of one kind replaces the other. */
export function mergeRecipe<T extends Recipe>(preset: T, given: T): T {
  const merged = { ...preset, ...given }
  if (given.batchSize === 'auto') merged.batchSize = preset.batchSize
  if (given.gradientAccumulation === undefined) Object.assign(merged, keptUpdate(preset, given))
  if (given.learningRate !== undefined) delete merged.baseLearningRate
  if (given.baseLearningRate !== undefined) delete merged.learningRate
  const augmentation: Augmentation = { ...preset.augmentation, ...given.augmentation }
  if (Object.keys(augmentation).length > 0) merged.augmentation = augmentation
  return merged
}

/**
 * A batch size beside a preset that accumulates says what fits into memory: the pictures of an update, which are the recipe's (its
 * learning rate is theirs), stay as nearly as whole batches allow.
 */
function keptUpdate(preset: Recipe, { batchSize }: Recipe): Pick<Recipe, 'gradientAccumulation'> {
  const { batchSize: published, gradientAccumulation = 1 } = preset
  if (typeof batchSize !== 'number' || typeof published !== 'number' || gradientAccumulation === 1) return {}
  return { gradientAccumulation: Math.max(1, Math.round((published * gradientAccumulation) / batchSize)) }
}

/** What contradicts itself in any recipe as given. */
export function recipeRules(presets: Readonly<Record<string, Preset<unknown>>>) {
  return (options: Readonly<Record<string, unknown>>): ConfigIssue[] => {
    const issues: ConfigIssue[] = []
    const { preset, learningRate, baseLearningRate, schedule = 'cosine', name } = options
    if (typeof preset === 'string' && !Object.hasOwn(presets, preset)) {
      const names = Object.keys(presets)
      const message = `Unknown preset '${preset}'${suggestion(preset, names) || `, there are ${names.join(', ')}`}`
      issues.push({ path: 'preset', message })
    }
    if (learningRate !== undefined && baseLearningRate !== undefined) {
      issues.push(contradiction('baseLearningRate', 'give either learningRate or baseLearningRate, not both'))
    }
    for (const step of ['stepEpochs', 'stepGamma']) {
      if (options[step] !== undefined && schedule !== 'step') {
        issues.push(contradiction(step, `${step} needs schedule: 'step'`))
      }
    }
    if (options.minLearningRate !== undefined && schedule === 'constant') {
      issues.push(contradiction('minLearningRate', "schedule: 'constant' never falls to minLearningRate"))
    }
    if (typeof name === 'string' && (/[/\\\0]/.test(name) || /^\.{0,2}$/.test(name))) {
      issues.push(expected('a name without path separators', 'name', name))
    }
    return issues
  }
}

/** Options of an optimizer that is not the run's. */
function optimizerIssues(optimizer: RecipeConfig['optimizer'], merged: Recipe): ConfigIssue[] {
  const issues: ConfigIssue[] = []
  if (optimizer !== 'adamw' && merged.betas !== undefined) {
    issues.push(contradiction('betas', `betas are AdamW's, '${optimizer}' has momentum`))
  }
  if (optimizer === 'adamw' && merged.momentum !== undefined) {
    issues.push(contradiction('momentum', "momentum needs optimizer: 'sgd' or 'lars', 'adamw' has betas"))
  }
  return issues
}

/** What is wrong with the merged values, whoever gave them. */
export function mergedIssues(config: RecipeConfig, merged: Recipe, context: RecipeContext): ConfigIssue[] {
  const issues = optimizerIssues(config.optimizer, merged)
  const { learningRate, minLearningRate, warmupEpochs, epochs } = config
  if (minLearningRate > learningRate) {
    issues.push(expected(`a number up to learningRate (${learningRate})`, 'minLearningRate', minLearningRate))
  }
  if (warmupEpochs > epochs) {
    issues.push(expected(`a number up to epochs (${epochs})`, 'warmupEpochs', warmupEpochs))
  }
  const { metric } = merged.earlyStopping ?? {}
  return metric === undefined ? issues : [...issues, ...metricIssues('earlyStopping.metric', metric, context)]
}
