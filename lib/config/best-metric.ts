/** The metrics of validation by which a run's best epoch is chosen and its patience judged. */
import type { RecipeContext } from './config'
import { shown, type ConfigIssue } from './issues'
import { suggestion } from './nearest'

const ofOneLabel = [
  'top1',
  'top5',
  'loss',
  'macroF1',
  'weightedF1',
  'meanPerClassAccuracy',
  'cohenKappa',
  'mcc',
] as const
const ofSeveralLabels = ['mAP', 'loss', 'f1', 'macroF1'] as const

export type BestMetric = (typeof ofOneLabel)[number] | (typeof ofSeveralLabels)[number]

export const bestMetrics: readonly BestMetric[] = [...new Set([...ofOneLabel, ...ofSeveralLabels])]

export const defaultMetric = ({ multiLabel }: Pick<RecipeContext, 'multiLabel'>): 'top1' | 'mAP' =>
  multiLabel ? 'mAP' : 'top1'

/** Nothing, where validation of these classes gives the metric; `path`: the option that asks for it. */
export function metricIssues(path: string, metric: string, context: RecipeContext): ConfigIssue[] {
  const { multiLabel = false, classes } = context
  const known: readonly string[] = multiLabel
    ? ofSeveralLabels
    : ofOneLabel.filter((name) => name !== 'top5' || classes > 5)
  if (known.includes(metric)) return []
  const names = known.map((name) => `'${name}'`).join(', ')
  const where = multiLabel ? 'where pictures have several labels' : `with ${classes} classes, one a picture`
  const message = `Expected one of ${names} for ${path} ${where}, got ${shown(metric)}${suggestion(metric, known)}`
  return [{ path, message }]
}
