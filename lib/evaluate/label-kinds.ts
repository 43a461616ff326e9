/** What differs where a picture may have several labels: how answers are analysed, compared and shown. */
import type { EvaluateConfig } from '../config'
import type { Dataset, Split } from '../dataset'
import { IjepaError } from '../errors'
import {
  analyseAsync,
  analyseLabelSetsAsync,
  compareAsync,
  compareLabelSetsAsync,
  scoreAsync,
  type Analysis,
  type Calibrated,
  type Comparison,
  type LabelSetAnalysis,
  type LabelSetComparison,
} from '../metrics'
import type { AccuracyResult } from './accuracy'

export type AnyAnalysis = Analysis | LabelSetAnalysis
export type AnyComparison = Comparison | LabelSetComparison

/** As the metrics of validation. */
export const defaultThreshold = 0.5

/** @param calibratedBy 'stored': the classifier's temperature was fitted on other pictures */
export async function analysed(
  result: AccuracyResult,
  { threshold }: Pick<EvaluateConfig, 'threshold'>,
  calibratedBy: Calibrated['judgedBy'] = 'stored',
): Promise<AnyAnalysis> {
  const { logits, labelSets } = result
  if (labelSets === undefined) {
    const { temperature } = result.model
    return analyseAsync(result, { judgedBy: calibratedBy, ...(temperature ? { temperature } : {}) })
  }
  return analyseLabelSetsAsync(logits, labelSets, { threshold: threshold ?? defaultThreshold })
}

/** The scores alone: of one of the runs of a cross-validation. */
export async function scored(
  result: AccuracyResult,
  config: Pick<EvaluateConfig, 'threshold'>,
): Promise<AnyAnalysis['scores']> {
  return result.labelSets ? (await analysed(result, config)).scores : scoreAsync(result)
}

/** By top-1; of several labels by mAP. */
export function compared(first: AccuracyResult, second: AccuracyResult): Promise<AnyComparison> {
  if (first.labelSets === undefined) return compareAsync(first, second)
  return compareLabelSetsAsync(first.logits, second.logits, first.labelSets)
}

/** Rows that a report shows as pictures. */
export function shownRows(analysis: AnyAnalysis): number[] {
  const { topLosses } = analysis
  const shown =
    'labelSets' in analysis ? topLosses : [...analysis.mistakes, ...topLosses, ...analysis.labelIssues.first]
  return [...new Set(shown.map(({ row }) => row))]
}

/** @throws ERR_CONFIG: a threshold, which is of decisions class by class, for pictures of one label */
export function requireThreshold({ labelSets }: Split, { threshold }: EvaluateConfig): void {
  if (threshold === null || labelSets) return
  const message = `threshold ${threshold} is for pictures that may have several labels, and these have one each: leave it out`
  throw new IjepaError('ERR_CONFIG', message)
}

/** Pictures of one label each are sets of one for runs of several. @throws ERR_DATASET: several labels for runs of one */
export function labelledAlike(split: Split, { multiLabel }: Dataset): Split {
  if (split.labelSets && !multiLabel) {
    const message =
      'The pictures of split have several labels, and the runs were trained on one label a picture'
    throw new IjepaError('ERR_DATASET', message)
  }
  return multiLabel && !split.labelSets
    ? { ...split, labelSets: Array.from(split.labels, (label) => [label]) }
    : split
}
