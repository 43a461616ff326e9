/** What stands on a probe's features: a head that is trained by updates, a logistic regression, or neighbours that vote. */
import type { LinearProbeOptions } from '../api'
import type { LinearProbeConfig, RecipeConfig, RecipeContext } from './config'
import { contradiction, expected, type ConfigIssue } from './issues'

type ProbeHead = Pick<
  LinearProbeConfig,
  | 'features'
  | 'head'
  | 'batchNorm'
  | 'nesterov'
  | 'standardize'
  | 'normalize'
  | 'c'
  | 'intercept'
  | 'k'
  | 'temperature'
>

/** DINOv2's (dinov2/eval/knn.py). */
const defaultTemperature = 0.07

/** A head, `c` or `k` as given takes the place of what the preset has of them, and of what it says of that. */
export function mergeProbeHead(preset: LinearProbeOptions, given: LinearProbeOptions): LinearProbeOptions {
  const replaced: (keyof LinearProbeOptions)[] = []
  if (given.head !== undefined) replaced.push('c', 'intercept', 'k', 'temperature')
  if (given.head === 'linear' || given.head === 'attentive') replaced.push('batchNorm')
  if (given.c !== undefined) replaced.push('k', 'temperature')
  if (given.k !== undefined) replaced.push('c', 'intercept')
  if (given.standardize) replaced.push('normalize')
  if (given.normalize) replaced.push('standardize')
  if (given.c !== undefined || given.k !== undefined) replaced.push('head', 'attention', 'batchNorm', 'sweep')
  return Object.fromEntries(
    Object.entries(preset).filter(([option]) => !replaced.includes(option as keyof LinearProbeOptions)),
  )
}

export function resolveProbeHead(options: LinearProbeOptions): ProbeHead {
  const { c, k, features = 'last', batchNorm = 'affine', nesterov = true } = options
  const { intercept = true, normalize = false } = options
  const head = k ? 'neighbors' : c ? 'logistic' : ((options.head ?? 'linear') as ProbeHead['head'])
  return {
    features,
    head,
    batchNorm,
    nesterov,
    standardize: options.standardize ?? (head === 'linear' && !normalize),
    normalize,
    c: distinct(c ?? []),
    intercept,
    k: distinct(k ?? []),
    temperature: options.temperature ?? defaultTemperature,
  }
}

export const distinct = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b)

/** Fitted in one step: what says how updates are made means nothing. */
export const isFitted = ({ head }: Pick<LinearProbeConfig, 'head'>): boolean =>
  head === 'logistic' || head === 'neighbors'

/** The session's own head, which knows losses of several labels, clipping and changing weight decay. */
export const isPlain = ({ head, features, nesterov }: ProbeHead): boolean =>
  head === 'linear' && features !== 'both' && nesterov

export const ofUpdates = [
  'epochs',
  'timeBudgetSeconds',
  'batchSize',
  'gradientAccumulation',
  'learningRate',
  'baseLearningRate',
  'minLearningRate',
  'warmupEpochs',
  'schedule',
  'stepEpochs',
  'stepGamma',
  'optimizer',
  'betas',
  'momentum',
  'nesterov',
  'weightDecay',
  'weightDecayEnd',
  'clipGradient',
  'dropLast',
  'headInit',
  'earlyStopping',
  'views',
  'augmentation',
  'batchNorm',
] as const

/** What contradicts itself in the options as given. */
export function givenHeadIssues(given: LinearProbeOptions): ConfigIssue[] {
  const issues = (['c', 'k'] as const)
    .filter((list) => given[list]?.length === 0)
    .map((list) => expected('a list with a number in it', list, '[]'))
  const kinds = (['head', 'c', 'k'] as const).filter((kind) => given[kind] !== undefined)
  if (kinds.length > 1) {
    issues.push(contradiction(kinds[1]!, `give one of ${kinds.join(' and ')}: each is a probe of its own`))
  }
  return issues
}

/** What was given beside a probe that is fitted, whoever asked for that, and means nothing there. */
export function fittedIssues(given: LinearProbeOptions, { head }: ProbeHead): ConfigIssue[] {
  if (!isFitted({ head })) return []
  const kind = head === 'logistic' ? 'c' : 'k'
  const updates = ofUpdates.filter((option) => given[option] !== undefined)
  const lists = (['learningRates', 'weightDecays'] as const).filter(
    (list) => given.sweep?.[list] !== undefined,
  )
  return [
    ...updates.map((option) =>
      contradiction(option, `${option} says how updates are made, and a probe by ${kind} makes none`),
    ),
    ...lists.map((list) =>
      contradiction(`sweep.${list}`, `a probe by ${kind} tries the numbers of ${kind} alone`),
    ),
  ]
}

/** What the merged options ask for that cannot be. */
export function probeHeadIssues(
  probe: ProbeHead,
  merged: LinearProbeOptions,
  { optimizer }: RecipeConfig,
  { depth, multiLabel }: RecipeContext,
): ConfigIssue[] {
  const issues: ConfigIssue[] = []
  const { head, features } = probe
  const normalizes = head === 'batchnorm-linear' || head === 'both'
  if (features !== 'last' && depth < 4) {
    issues.push(expected(`'last' with an encoder of ${depth} blocks`, 'features', features))
  }
  if (normalizes && probe.standardize) {
    issues.push(expected('no standardize beside batch norm, which does it', 'standardize', true))
  }
  if (!normalizes && merged.batchNorm !== undefined) {
    issues.push(contradiction('batchNorm', "batchNorm needs head: 'batchnorm-linear' or 'both'"))
  }
  if (merged.nesterov !== undefined && optimizer !== 'sgd') {
    issues.push(contradiction('nesterov', "nesterov needs optimizer: 'sgd'"))
  }
  if (probe.normalize && features === 'both') {
    issues.push(expected("'last' or 'last4' with normalize", 'features', features))
  }
  issues.push(...ofOthersIssues(head, merged))
  return isPlain(probe) || head === 'attentive'
    ? issues
    : [...issues, ...plainAloneIssues(head, merged, multiLabel)]
}

/** Options of a probe that is fitted, beside another. */
function ofOthersIssues(
  head: ProbeHead['head'],
  { intercept, temperature }: LinearProbeOptions,
): ConfigIssue[] {
  const issues: ConfigIssue[] = []
  if (head !== 'logistic' && intercept !== undefined) {
    issues.push(contradiction('intercept', 'intercept is that of a logistic regression: it needs c'))
  }
  if (head !== 'neighbors' && temperature !== undefined) {
    issues.push(contradiction('temperature', 'temperature is that of votes: it needs k'))
  }
  return issues
}

/** What the session's own head alone can do. */
function plainAloneIssues(
  head: ProbeHead['head'],
  { clipGradient, weightDecayEnd }: LinearProbeOptions,
  multiLabel: boolean | undefined,
): ConfigIssue[] {
  const issues: ConfigIssue[] = []
  const what = "a linear head on features: 'last' or 'last4'"
  if (multiLabel) issues.push(expected(`${what} where pictures have several labels`, 'head', head))
  if (clipGradient) issues.push(expected(`0, but with ${what}`, 'clipGradient', clipGradient))
  if (weightDecayEnd !== undefined) {
    issues.push(expected(`none, but with ${what}`, 'weightDecayEnd', weightDecayEnd))
  }
  return issues
}
