/** 95 % intervals of all metrics of one classifier, from the same draws of its samples. */
import type { Auroc } from './auroc'
import { addToBin, emptyBins, equalCountBins, equalWidthBins, expectedError } from './calibration'
import {
  bootstrapIntervals,
  holding,
  normalInterval,
  wilsonInterval,
  type BootstrapOptions,
  type Interval,
} from './intervals'
import { addToMargins, emptyMargins, marginScores } from './marginals'
import type { Rows } from './predictions'
import type { Scores } from '../api'

const bootstrapped = [
  'nll',
  'brier',
  'ece',
  'adaptiveEce',
  'macroF1',
  'weightedF1',
  'meanPerClassAccuracy',
  'cohenKappa',
  'mcc',
] as const

/** The largest calibration error has none: one bin of few samples decides it. */
export type ScoreName = (typeof bootstrapped)[number] | 'top1' | 'top5' | 'auroc'

export type ScoreIntervals = Readonly<Partial<Record<ScoreName, Interval>>>

/**
 * Wilson's intervals for top-1 and top-5, DeLong's for AUROC, percentile bootstrap for the rest. A calibration error is
 * biased upward by noise, and more so in a resample: its interval is widened to hold the estimate.
 */
export function scoreIntervals(
  rows: Rows,
  scores: Scores,
  area: Auroc | undefined,
  options?: BootstrapOptions,
): ScoreIntervals {
  const out: Partial<Record<ScoreName, Interval>> = {
    top1: wilsonInterval(Math.round(scores.top1 * rows.samples), rows.samples),
  }
  if (scores.top5 !== undefined) {
    out.top5 = wilsonInterval(Math.round(scores.top5 * rows.samples), rows.samples)
  }
  if (area) out.auroc = normalInterval(area.mean, area.standardError)
  const intervals = bootstrapIntervals(rows.samples, resampledScores(rows), options)
  for (const [i, name] of bootstrapped.entries()) out[name] = intervals[i]!
  for (const name of ['ece', 'adaptiveEce'] as const) out[name] = holding(out[name]!, scores[name])
  return out
}

/** The scores `bootstrapped` names, of samples drawn so often; the bins' edges stay those of the whole. */
function resampledScores(rows: Rows): (counts: Uint16Array) => number[] {
  const equalWidth = equalWidthBins(rows.confidence)
  const equalCount = equalCountBins(rows.confidence)
  return (counts) => {
    const margins = emptyMargins(rows.classes)
    const wide = emptyBins()
    const even = emptyBins()
    let nll = 0
    let brier = 0
    for (let i = 0; i < counts.length; i++) {
      const count = counts[i]!
      if (count === 0) continue
      const correct = rows.rank[i] === 0
      nll += count * rows.nll[i]!
      brier += count * rows.brier[i]!
      addToMargins(margins, rows.labels[i]!, rows.predicted[i]!, count)
      addToBin(wide, equalWidth[i]!, rows.confidence[i]!, correct, count)
      addToBin(even, equalCount[i]!, rows.confidence[i]!, correct, count)
    }
    const { macroF1, weightedF1, meanPerClassAccuracy, cohenKappa, mcc } = marginScores(margins)
    const means = [nll / counts.length, brier / counts.length]
    return [
      ...means,
      expectedError(wide),
      expectedError(even),
      macroF1,
      weightedF1,
      meanPerClassAccuracy,
      cohenKappa,
      mcc,
    ]
  }
}
