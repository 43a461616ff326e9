/** Where a run stands, as its checkpoints keep it in state.json. */
import { readFile } from 'node:fs/promises'
import type { Metrics, TrainEvent } from '../api'
import type { BestMetric } from '../config'
import type { Temperature } from '../metrics'
import { IjepaError } from '../errors'
import { orFileError, writeText } from './durable-files'
import type { LeftOut } from './learner'
import { formatVersion } from './run-folder'
import type { RunIdentity } from './run-identity'

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
  /** Update after which the means were last read, where some of those since then are part of this state. */
  readonly readStep?: number
  /** Updates left out one after another, up to the last reading, because their loss was not finite. */
  readonly skippedInARow: number
  /** Training time of the sessions so far, up to the last epoch's end or the last save. */
  readonly seconds: number
  /** Length of metrics.jsonl that belongs to this state. */
  readonly metricsBytes: number
  readonly finished: boolean
  /** Of the model at the end of the last epoch; absent where there is none, and in runs of older versions. */
  readonly temperature?: Temperature
  /** Pictures that are computed at a time; absent in runs of older versions: the recipe's batchSize. */
  readonly microBatch?: number
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
  skippedInARow: 0,
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

/** Top-1 where a picture has one label. */
export function trainMetrics({ loss, correct, samples }: EpochSums, multiLabel: boolean): Metrics {
  return { loss: loss / samples, ...(multiLabel ? {} : { top1: correct / samples }) }
}

/**
 * Whether `candidate` is better than the best so far by the metric: larger ones, ties by lower loss; for 'loss' the lower.
 * Equal ones leave the earlier. Metrics with a NaN, in their loss too, are never better, and nothing is worse than them.
 */
export function isBetter(candidate: Metrics, best: Metrics | undefined, metric: BestMetric): boolean {
  const value = valueOf(candidate, metric)
  const before = valueOf(best, metric)
  if (Number.isNaN(value)) return false
  if (Number.isNaN(before)) return true
  if (metric === 'loss') return value < before
  return value === before ? candidate.loss < (best?.loss ?? Infinity) : value > before
}

/** NaN without one, and for a model whose logits are not finite: their top-1 is a number all the same. */
function valueOf(metrics: Metrics | undefined, metric: BestMetric): number {
  return metrics === undefined || Number.isNaN(metrics.loss) ? NaN : (metrics[metric] ?? NaN)
}

/** Numbers that JSON does not know are written as texts, so that a history with a NaN in it reads back equal. */
const notFinite = new Map([NaN, Infinity, -Infinity].map((value) => [asText(value), value]))

function asText(value: number): string {
  return `number:${value}`
}

export async function writeState(path: string, state: RunState, identity: RunIdentity): Promise<void> {
  // Keys come in another order in a run that went on: the same state is the same bytes.
  const entries = Object.entries(state).sort(([a], [b]) => (a < b ? -1 : 1))
  const text = JSON.stringify(
    { ...Object.fromEntries(entries), run: identity },
    (_, value: unknown) => (typeof value === 'number' && !Number.isFinite(value) ? asText(value) : value),
    2,
  )
  await writeText(path, text + '\n')
}

/** @throws ERR_FILE, ERR_CHECKPOINT_FORMAT */
export async function readState(path: string): Promise<{ state: RunState; identity: RunIdentity }> {
  const text = await orFileError(path, () => readFile(path, 'utf8'))
  try {
    const { run, ...state } = JSON.parse(text, (_, value: unknown) =>
      typeof value === 'string' ? (notFinite.get(value) ?? value) : value,
    ) as RunState & { run: RunIdentity }
    if (Number.isInteger(state.epoch) && Array.isArray(state.history)) return { state, identity: run }
  } catch (cause) {
    throw damaged(path, cause)
  }
  throw damaged(path)
}

function damaged(file: string, cause?: unknown): IjepaError {
  const message = `${file} does not hold the state of a run: it is damaged`
  return new IjepaError('ERR_CHECKPOINT_FORMAT', message, { file }, { cause })
}
