/** Where a run stands, as its checkpoints keep it in state.json. */
import type { Metrics, TrainEvent } from '../api'
import type { LeftOut } from './learner'
import { formatVersion } from './run-folder'

export type EpochEvent = Extract<TrainEvent, { type: 'epoch' }>

/** Sums over the samples of the epoch so far; their means are the epoch's training metrics. */
export interface EpochSums {
  readonly loss: number
  readonly correct: number
  readonly samples: number
}

export interface RunState {
  readonly formatVersion: number
  /** The epoch that runs or comes next, from 0. */
  readonly epoch: number
  /** Updates of that epoch that are done. */
  readonly stepInEpoch: number
  /** All updates that are done. */
  readonly step: number
  readonly sums: EpochSums
  readonly history: readonly EpochEvent[]
  readonly best: { readonly epoch: number; readonly metrics: Metrics } | null
  /** Training time of the sessions so far. */
  readonly seconds: number
  /** Length of metrics.jsonl that belongs to this state. */
  readonly metricsBytes: number
  readonly finished: boolean
  /** Pictures that could not be read so far; absent in runs of older versions. */
  readonly leftOut?: readonly LeftOut[]
}

export const noSums: EpochSums = { loss: 0, correct: 0, samples: 0 }

export const initialState: RunState = {
  formatVersion,
  epoch: 0,
  stepInEpoch: 0,
  step: 0,
  sums: noSums,
  history: [],
  best: null,
  seconds: 0,
  metricsBytes: 0,
  finished: false,
}

/** Adds a reading of the native means, which are over `samples` samples; NaN without any. */
export function addMeans(sums: EpochSums, means: { loss: number; top1: number; samples: number }): EpochSums {
  if (means.samples === 0) return sums
  return {
    loss: sums.loss + means.loss * means.samples,
    correct: sums.correct + Math.round(means.top1 * means.samples),
    samples: sums.samples + means.samples,
  }
}

export function trainMetrics({ loss, correct, samples }: EpochSums): Metrics {
  return { loss: loss / samples, top1: correct / samples }
}

/**
 * Whether `candidate` is better than the best so far by the metric: larger top-1 or top-5, ties by lower loss; for 'loss' the
 * lower. Equal ones leave the earlier; NaN is never better, and nothing is worse than NaN.
 */
export function isBetter(
  candidate: Metrics,
  best: Metrics | undefined,
  metric: 'top1' | 'top5' | 'loss',
): boolean {
  const value = candidate[metric] ?? NaN
  if (Number.isNaN(value)) return false
  const before = best?.[metric] ?? NaN
  if (Number.isNaN(before)) return true
  if (metric === 'loss') return value < before
  return value === before ? candidate.loss < (best?.loss ?? Infinity) : value > before
}
