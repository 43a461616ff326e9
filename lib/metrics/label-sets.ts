/** All that a report says about one classifier of samples that may have several classes, each judged against all others. */
import { IjepaError } from '../errors'
import { decisionLoss, decisionScores, logitOf, noDecisions, type Decisions } from './decisions'
import {
  bootstrapIntervals,
  holding,
  wilsonInterval,
  type BootstrapOptions,
  type Interval,
} from './intervals'
import { RankedClass } from './ranked-class'
import { topK } from './softmax'
import type { TopLoss } from './top-loss'

export interface LabelSetPredictions {
  /** [N, C], row-major. */
  readonly logits: Float32Array
  /** [N, C], 1 where the sample has the class; a row may be all 0. */
  readonly truth: Uint8Array
  /** N */
  readonly samples: number
}

export interface LabelSetScores {
  readonly samples: number
  /** Mean over the classes that occur of average precision; absent where none does. */
  readonly mAP?: number
  readonly f1: number
  readonly macroF1?: number
  readonly weightedF1?: number
  /** Share of the samples of which every class was decided rightly. */
  readonly exactMatch: number
  /** Mean binary cross-entropy of all decisions, in nats. */
  readonly loss: number
}

export type LabelSetScoreName = Exclude<keyof LabelSetScores, 'samples'>

export interface LabelScores {
  readonly class: number
  /** Samples that have it. */
  readonly samples: number
  /** Samples that are said to have it. */
  readonly predicted: number
  /** Absent without samples, as recall and f1. */
  readonly averagePrecision?: number
  readonly recall?: number
  readonly recallInterval?: Interval
  /** Absent when it was never predicted. */
  readonly precision?: number
  readonly f1?: number
}

export interface LabelSetAnalysis {
  readonly scores: LabelSetScores
  readonly intervals: Readonly<Partial<Record<LabelSetScoreName, Interval>>>
  /** From which probability on a class is claimed. */
  readonly threshold: number
  /** Mean number of classes of a sample, and how many samples have none. */
  readonly labelsPerSample: number
  readonly withoutLabels: number
  readonly perClass: readonly LabelScores[]
  /** Most loss first. */
  readonly topLosses: readonly TopLoss[]
  readonly labelSets: LabelSetAnswers
}

/** Every answer: sigmoids [N, C] beside the truth [N, C]. */
export interface LabelSetAnswers {
  readonly probabilities: Float32Array
  readonly truth: Uint8Array
}

export interface LabelSetOptions extends BootstrapOptions {
  /** @default 0.5 */
  readonly threshold?: number
  /** Samples of much loss that are listed. @default 24 */
  readonly listed?: number
}

/** @throws ERR_ARGUMENT: lengths that do not belong together, or no samples; ERR_NOT_FINITE, naming the sample */
export function analyseLabelSets(
  predictions: LabelSetPredictions,
  options: LabelSetOptions = {},
): LabelSetAnalysis {
  const { threshold = 0.5, listed = 24 } = options
  const judged = judge(predictions, threshold)
  const { classes, decisions, wrong, losses, actual, claims } = judged
  const { samples, truth } = predictions
  const ranked = rankedClasses(predictions, judged)
  const precisions = ranked.map((one) => one?.averagePrecision())
  const present = precisions.filter((value) => value !== undefined)
  const { f1, macroF1, weightedF1 } = decisionScores(decisions)
  const scores: LabelSetScores = {
    samples,
    f1,
    ...(present.length > 0 ? { mAP: mean(present), macroF1, weightedF1 } : {}),
    exactMatch: wrong.filter((count) => count === 0).length / samples,
    loss: mean(losses),
  }
  const labels = actual.reduce((sum, row) => sum + row.length, 0)
  return {
    scores,
    intervals: intervalsOf(judged, ranked, scores.mAP, options),
    threshold,
    labelsPerSample: labels / samples,
    withoutLabels: actual.filter((row) => row.length === 0).length,
    perClass: precisions.map((precision, c) => classScores(c, precision, decisions)),
    topLosses: topLosses(judged, listed),
    labelSets: { probabilities: judged.probabilities, truth },
  }

  function topLosses({ probabilities }: Judged, count: number): TopLoss[] {
    return topK(losses, count)
      .filter((row) => wrong[row]! > 0)
      .map((row) => ({
        row,
        loss: losses[row]!,
        labels: actual[row]!,
        predicted: claims[row]!.map((c) => ({
          class: c,
          probability: probabilities[row * classes + c]!,
        })).sort((a, b) => b.probability - a.probability),
      }))
  }
}

/** What every score starts from, from one pass over the rows. */
interface Judged {
  readonly classes: number
  readonly decisions: Decisions
  /** [N, C], sigmoids. */
  readonly probabilities: Float32Array
  /** [N], mean loss over the classes. */
  readonly losses: Float64Array
  /** [N], decisions that are wrong. */
  readonly wrong: Int32Array
  /** Classes that each row has, and that are claimed of it. */
  readonly actual: readonly (readonly number[])[]
  readonly claims: readonly (readonly number[])[]
}

function judge({ logits, truth, samples }: LabelSetPredictions, threshold: number): Judged {
  const classes = logits.length / samples
  if (!(samples > 0 && Number.isInteger(classes) && classes > 0 && truth.length === logits.length)) {
    throw new IjepaError(
      'ERR_ARGUMENT',
      `Expected logits and truth of shape [${samples}, classes], row-major, got ${logits.length} and ${truth.length} values`,
    )
  }
  const cut = logitOf(threshold)
  const decisions = noDecisions(classes)
  const probabilities = new Float32Array(logits.length)
  const losses = new Float64Array(samples)
  const wrong = new Int32Array(samples)
  const actual: number[][] = []
  const claims: number[][] = []
  for (let row = 0; row < samples; row++) {
    const [has, said]: [number[], number[]] = [[], []]
    let loss = 0
    let isFinite = true
    for (let c = 0; c < classes; c++) {
      const logit = logits[row * classes + c]!
      const isThere = truth[row * classes + c] === 1
      const isClaimed = logit >= cut
      isFinite &&= Number.isFinite(logit)
      loss += decisionLoss(logit, isThere)
      probabilities[row * classes + c] = 1 / (1 + Math.exp(-logit))
      if (isThere) has.push(c)
      if (isClaimed) said.push(c)
      if (isThere !== isClaimed) wrong[row]!++
    }
    if (!isFinite) throw notFinite(row)
    losses[row] = loss / classes
    count(decisions, has, said)
    actual.push(has)
    claims.push(said)
  }
  return { classes, decisions, probabilities, losses, wrong, actual, claims }
}

/** Adds a sample `times` times. */
function count(to: Decisions, has: readonly number[], said: readonly number[], times = 1): void {
  for (const c of has) to.actual[c]! += times
  for (const c of said) {
    to.claimed[c]! += times
    if (has.includes(c)) to.hits[c]! += times
  }
}

/** Samples in order of each class that occurs; undefined for the others. */
function rankedClasses(
  { logits, truth, samples }: LabelSetPredictions,
  { classes, decisions }: Judged,
): (RankedClass | undefined)[] {
  return Array.from(decisions.actual, (positives, c) => {
    if (positives === 0) return undefined
    const scores = Float32Array.from({ length: samples }, (_, row) => logits[row * classes + c]!)
    return new RankedClass(
      scores,
      Uint8Array.from({ length: samples }, (_, row) => truth[row * classes + c]!),
    )
  })
}

/**
 * Percentile bootstrap over samples, all scores from the same draws; classes that a draw has no sample of are left out of it. Samples
 * that are drawn twice rank side by side, which raises average precision: its interval is widened to hold the estimate.
 */
function intervalsOf(
  { classes, losses, wrong, actual, claims }: Judged,
  ranked: readonly (RankedClass | undefined)[],
  estimate: number | undefined,
  options: BootstrapOptions,
): LabelSetAnalysis['intervals'] {
  const present = ranked.filter((one) => one !== undefined)
  const statistics = (counts: Uint16Array): number[] => {
    const decisions = noDecisions(classes)
    let loss = 0
    let exact = 0
    for (let row = 0; row < counts.length; row++) {
      const times = counts[row]!
      if (times === 0) continue
      count(decisions, actual[row]!, claims[row]!, times)
      loss += times * losses[row]!
      if (wrong[row] === 0) exact += times
    }
    const { f1, macroF1, weightedF1 } = decisionScores(decisions)
    return [
      f1,
      exact / counts.length,
      loss / counts.length,
      meanPrecision(present, counts),
      macroF1,
      weightedF1,
    ]
  }
  const [f1, exactMatch, loss, mAP, macroF1, weightedF1] = bootstrapIntervals(
    losses.length,
    statistics,
    options,
  )
  const common = { f1: f1!, exactMatch: exactMatch!, loss: loss! }
  if (present.length === 0) return common
  return { ...common, mAP: holding(mAP!, estimate!), macroF1: macroF1!, weightedF1: weightedF1! }
}

/** mAP of samples drawn so often, over the classes that were drawn; 0 where none was. */
function meanPrecision(ranked: readonly RankedClass[], counts: Uint16Array): number {
  const drawn = ranked.map((one) => one.averagePrecision(counts)).filter((value) => value !== undefined)
  return drawn.length === 0 ? 0 : mean(drawn)
}

function classScores(c: number, averagePrecision: number | undefined, decisions: Decisions): LabelScores {
  const [samples, predicted, hits] = [decisions.actual[c]!, decisions.claimed[c]!, decisions.hits[c]!]
  return {
    class: c,
    samples,
    predicted,
    ...(predicted > 0 ? { precision: hits / predicted } : {}),
    ...(averagePrecision === undefined
      ? {}
      : {
          averagePrecision,
          recall: hits / samples,
          recallInterval: wilsonInterval(hits, samples),
          f1: (2 * hits) / (samples + predicted),
        }),
  }
}

export interface LabelSetComparison {
  /** mAP of the second minus mAP of the first, with its 95 % interval by paired bootstrap. */
  readonly difference: number
  readonly interval: Interval
}

/** @throws ERR_ARGUMENT when the two are not of the same samples, or none of them has a class */
export function compareLabelSets(
  first: LabelSetPredictions,
  second: LabelSetPredictions,
  options?: BootstrapOptions,
): LabelSetComparison {
  const same =
    first.truth.length === second.truth.length && first.truth.every((value, i) => value === second.truth[i])
  const [a, b] = [first, second].map((one) =>
    rankedClasses(one, judge(one, 0.5)).filter((ranked) => ranked !== undefined),
  ) as [RankedClass[], RankedClass[]]
  if (!same || a.length === 0) {
    throw new IjepaError(
      'ERR_ARGUMENT',
      'Expected two classifiers judged on the same labelled samples in the same order',
    )
  }
  const once = new Uint16Array(first.samples).fill(1)
  const difference = (counts: Uint16Array): number => meanPrecision(b, counts) - meanPrecision(a, counts)
  const [interval] = bootstrapIntervals(first.samples, (counts) => [difference(counts)], options)
  return { difference: difference(once), interval: interval! }
}

function mean(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum / values.length
}

function notFinite(row: number): IjepaError {
  return new IjepaError(
    'ERR_NOT_FINITE',
    `Expected finite logits, got NaN or an infinity for sample ${row}: the model has diverged, or its input was not finite`,
    { sample: row },
  )
}
