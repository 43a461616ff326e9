/** Options of evaluate -> one frozen configuration. */
import type { EvaluateOptions } from '../api'
import type { EvaluateConfig, Suite } from './config'
import { allCorruptions, allSeverities } from './corruptions'
import { deepFreeze } from './deep-freeze'
import { evaluateShape } from './evaluate-schema'
import { group } from './fields'
import { validate } from './validate'

const evaluateSchema = group(evaluateShape)

/** The suites that there are. */
const allSuites: readonly Suite[] = ['accuracy', 'labelEfficiency', 'robustness', 'bias']

/**
 * The configuration of an evaluation: on test where there is one, accuracy, with thumbnails. Every other suite stands beside
 * accuracy.
 *
 * @throws IjepaError ERR_CONFIG: with every issue in `details.issues`.
 */
export function resolveEvaluate(options?: EvaluateOptions): EvaluateConfig {
  const given = validate<EvaluateOptions>(evaluateSchema, options)
  const {
    split = null,
    budget = 'quick',
    groups = [],
    shifts = [],
    realLabels = null,
    cueConflict = null,
    precision = 'fp32',
    health = true,
    thumbnails = true,
    maxImages = null,
    threshold = null,
  } = given
  return Object.freeze({
    split,
    suites: Object.freeze(allSuites.filter((suite) => isWanted(suite, given))),
    budget,
    groups: deepFreeze(groups),
    labelEfficiency: deepFreeze(labelEfficiencyOf(given)),
    robustness: deepFreeze(robustnessOf(given)),
    sensitivity: hasSensitivity(given),
    maxImages,
    shifts: deepFreeze(shifts),
    realLabels,
    cueConflict,
    precision,
    health,
    thumbnails,
    threshold,
  })
}

/** Groups ask for the bias suite by themselves. */
function isWanted(suite: Suite, { suites = [], groups = [] }: EvaluateOptions): boolean {
  const isImplied = suite === 'accuracy' || (suite === 'bias' && groups.length > 0)
  return isImplied || suites === 'all' || suites.includes(suite)
}

function labelEfficiencyOf(given: EvaluateOptions): EvaluateConfig['labelEfficiency'] {
  const { labelsPerClass = [1, 2, 5, 10, 100], fractions = [0.01, 0.1, 1], lists = [], seeds = 5 } = given
  return { labelsPerClass, fractions, lists, seeds }
}

function robustnessOf(given: EvaluateOptions): EvaluateConfig['robustness'] {
  const { corruptions = allCorruptions, severities = allSeverities } = given
  return {
    corruptions: unique(corruptions),
    severities: unique(severities).sort((a, b) => a - b),
    given: { corruptions: given.corruptions !== undefined, severities: given.severities !== undefined },
  }
}

/** Of the bias suite; groups alone ask for what is said of groups alone. */
function hasSensitivity({ suites = [] }: EvaluateOptions): boolean {
  return suites === 'all' || suites.includes('bias')
}

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)]
