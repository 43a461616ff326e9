/** ImageNet judged by reassessed labels, of which a picture may have several (ReaL). */
import { readRealLabels, type Split } from '../dataset'
import { wilsonInterval, type Interval } from '../metrics'
import type { AccuracyResult } from './accuracy'
import type { EvaluatedRun, EvaluateRunsOptions } from './evaluation'

type Rate = { readonly value: number } & Interval

export interface RealAccuracy {
  readonly file: string
  /** Pictures for which a class is accepted; the others are left out. */
  readonly images: number
  readonly leftOut: number
  /** The first choice is one of the accepted classes. */
  readonly top1: Rate
  /** By the label of the split, of the same pictures. */
  readonly reference: Rate
  /** Decisions that are right by these labels alone, and by those of the split alone. */
  readonly onlyReal: number
  readonly onlyLabel: number
}

/** Class indices that are accepted for each sample of the split. */
export type AcceptedClasses = readonly (readonly number[])[]

/** Undefined where no file was given. @throws as readRealLabels */
export async function openRealLabels(
  split: Split,
  { plan, config: { realLabels }, signal }: EvaluateRunsOptions,
): Promise<AcceptedClasses | undefined> {
  if (realLabels === null) return undefined
  return readRealLabels(realLabels, split, { classes: plan.dataset.classes, option: 'realLabels', signal })
}

export function withRealLabels(
  evaluated: readonly EvaluatedRun[],
  results: readonly AccuracyResult[],
  accepted: AcceptedClasses | undefined,
  { config: { realLabels } }: EvaluateRunsOptions,
): EvaluatedRun[] {
  if (accepted === undefined || realLabels === null) return [...evaluated]
  return evaluated.map((run, index) => {
    const found = realAccuracy(run, results[index]!, accepted)
    return found ? { ...run, realLabels: { file: realLabels, ...found } } : run
  })
}

function realAccuracy(
  { analysis }: EvaluatedRun,
  { samples }: AccuracyResult,
  accepted: AcceptedClasses,
): Omit<RealAccuracy, 'file'> | undefined {
  if ('labelSets' in analysis) return undefined
  const { choices, classes, labels } = analysis.predictions
  const counts = { images: 0, real: 0, label: 0, both: 0 }
  samples.forEach((sample, row) => {
    const own = accepted[sample]!
    if (own.length === 0) return
    const predicted = classes[row * choices]!
    const [isReal, isLabel] = [own.includes(predicted), predicted === labels[row]]
    counts.images++
    counts.real += Number(isReal)
    counts.label += Number(isLabel)
    counts.both += Number(isReal && isLabel)
  })
  const { images, real, label, both } = counts
  if (images === 0) return undefined
  const rate = (right: number): Rate => ({ value: right / images, ...wilsonInterval(right, images) })
  return {
    images,
    leftOut: samples.length - images,
    top1: rate(real),
    reference: rate(label),
    onlyReal: real - both,
    onlyLabel: label - both,
  }
}
