/** All that a report says about one classifier's predictions, computed at once. */
import type { Scores } from '../api'
import { auroc } from './auroc'
import { equalWidthBins, reliability, type ReliabilityBin } from './calibration'
import { accuracyByCoverage, type CoveragePoint } from './coverage'
import type { BootstrapOptions } from './intervals'
import { labelIssues, type LabelIssue } from './label-issues'
import { confusedPairs, perClass, type ClassScores, type ConfusedPair } from './per-class'
import { judgeRows, type Predictions, type Rows } from './predictions'
import { binRows, scoreRows } from './score'
import { scoreIntervals, type ScoreIntervals } from './score-intervals'
import { topK } from './softmax'
import { calibrated, type Calibrated, type Temperature } from './temperature'
import type { TopLoss } from './top-loss'

/** The first choices of every row, most probable first. */
export interface RankedPredictions {
  /** K, at most five. */
  readonly choices: number
  /** [N, K], row-major. */
  readonly classes: Int32Array
  /** [N, K], row-major. */
  readonly probabilities: Float32Array
  /** [N] */
  readonly labels: Int32Array
}

export interface Mistake {
  /** Row of the logits. */
  readonly row: number
  readonly label: number
  readonly predicted: number
  readonly probability: number
  /** What the true class was given. */
  readonly labelProbability: number
}

export interface Analysis {
  readonly scores: Scores
  readonly intervals: ScoreIntervals
  readonly meanConfidence: number
  readonly perClass: readonly ClassScores[]
  readonly confusedPairs: readonly ConfusedPair[]
  readonly reliability: readonly ReliabilityBin[]
  /** Most confident first. */
  readonly mistakes: readonly Mistake[]
  /** Most loss first, the negative log likelihood of the label; `predicted` is the first choice alone. */
  readonly topLosses: readonly TopLoss[]
  /** Accuracy by the part of the samples that is answered, surest first. */
  readonly coverage: readonly CoveragePoint[]
  /** Labels that are likely wrong: how many, and the likeliest first. */
  readonly labelIssues: { readonly count: number; readonly first: readonly LabelIssue[] }
  /** With the classifier's temperature; absent where it has none. */
  readonly calibrated?: Calibrated
  readonly predictions: RankedPredictions
}

export interface AnalyseOptions extends BootstrapOptions {
  /** Most mistakes, or likely wrong labels, and pairs that are listed. @default 24 and 12 */
  readonly mistakes?: number
  readonly pairs?: number
  /** Samples of much loss that are listed. @default 12 */
  readonly topLosses?: number
  /** The classifier's, and whether it was fitted on other samples than these. */
  readonly temperature?: Temperature
  readonly judgedBy?: Calibrated['judgedBy']
}

const listedChoices = 5

/** @throws as score */
export function analyse(predictions: Predictions, options: AnalyseOptions = {}): Analysis {
  const rows = judgeRows(predictions)
  const area = auroc(predictions.logits, rows)
  const scores = scoreRows(predictions, rows, area?.mean)
  const issues = labelIssues(predictions, rows)
  const { mistakes = 24, pairs = 12, topLosses = 12, temperature, judgedBy = 'stored' } = options
  const scaled = temperature && calibrated(predictions, temperature, judgedBy)
  return {
    scores,
    intervals: scoreIntervals(rows, scores, area, options),
    meanConfidence: rows.confidence.reduce((a, b) => a + b, 0) / rows.samples,
    perClass: perClass(scores.confusion),
    confusedPairs: confusedPairs(scores.confusion, pairs),
    reliability: reliability(binRows(rows, equalWidthBins(rows.confidence))),
    mistakes: confidentMistakes(rows, mistakes),
    topLosses: largestLosses(rows, topLosses),
    coverage: accuracyByCoverage(rows),
    labelIssues: { count: issues.length, first: issues.slice(0, mistakes) },
    ...(scaled ? { calibrated: scaled } : {}),
    predictions: rankedPredictions(predictions, rows),
  }
}

function confidentMistakes(rows: Rows, limit: number): Mistake[] {
  const wrong = Float64Array.from(rows.confidence, (confidence, i) => (rows.rank[i] === 0 ? -1 : confidence))
  return topK(wrong, limit)
    .filter((row) => rows.rank[row] !== 0)
    .map((row) => ({
      row,
      label: rows.labels[row]!,
      predicted: rows.predicted[row]!,
      probability: rows.confidence[row]!,
      labelProbability: Math.exp(-rows.nll[row]!),
    }))
}

function largestLosses(rows: Rows, limit: number): TopLoss[] {
  return topK(rows.nll, limit).map((row) => ({
    row,
    loss: rows.nll[row]!,
    labels: [rows.labels[row]!],
    predicted: [{ class: rows.predicted[row]!, probability: rows.confidence[row]! }],
  }))
}

function rankedPredictions({ logits, labels }: Predictions, rows: Rows): RankedPredictions {
  const choices = Math.min(listedChoices, rows.classes)
  const classes = new Int32Array(rows.samples * choices)
  const probabilities = new Float32Array(rows.samples * choices)
  for (let row = 0; row < rows.samples; row++) {
    const own = logits.subarray(row * rows.classes, (row + 1) * rows.classes)
    const normaliser = rows.largest[row]! + rows.logSum[row]!
    for (const [k, c] of topK(own, choices).entries()) {
      classes[row * choices + k] = c
      probabilities[row * choices + k] = Math.exp(own[c]! - normaliser)
    }
  }
  return { choices, classes, probabilities, labels }
}
