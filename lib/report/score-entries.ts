/** Metrics with their intervals as report.json holds them. */
import { IjepaError } from '../errors'
import type { Interval } from '../metrics'
import type { ScoreEntry } from './report-data'

/** Metrics in the order in which they are shown: of one label an image, and of several. */
const scoreNames = [
  'top1',
  'top5',
  'meanPerClassAccuracy',
  'mAP',
  'f1',
  'macroF1',
  'weightedF1',
  'exactMatch',
  'loss',
  'auroc',
  'cohenKappa',
  'mcc',
  'nll',
  'brier',
  'ece',
  'adaptiveEce',
  'maxCalibrationError',
  'worstGroupTop1',
] as const

/** @throws ERR_NOT_FINITE */
export function scoreEntries({
  scores,
  intervals,
}: {
  readonly scores: object
  readonly intervals: Readonly<Record<string, Interval>>
}): Record<string, ScoreEntry> {
  const entries: Record<string, ScoreEntry> = {}
  for (const name of scoreNames) {
    const value = (scores as Readonly<Record<string, number | undefined>>)[name]
    if (value === undefined) continue
    if (!Number.isFinite(value)) {
      throw new IjepaError(
        'ERR_NOT_FINITE',
        `Expected a finite ${name}, got ${value}: no report is made of it`,
        { name },
      )
    }
    entries[name] = withInterval(value, intervals[name])
  }
  return entries
}

export function withInterval(value: number, interval: Interval | undefined): ScoreEntry {
  return { value, ...interval }
}
