/** Cross-validation judged: each run on the part that it was not trained on, their answers put together. */
import { basename } from 'node:path'
import type { Run } from '../api'
import type { Folds, Split } from '../dataset'
import { IjepaError } from '../errors'
import { evaluateAccuracy, type AccuracyResult } from './accuracy'
import { repetitionGroups, repetitionOf, type RepetitionGroup } from './repetitions'
import type { EvaluateRunsOptions } from './evaluation'

/** The answers of all runs of a cross-validation, in the order of `whole`. */
export interface PooledFolds {
  readonly group: RepetitionGroup
  /** All pictures that were held out once. */
  readonly whole: Split
  readonly pooled: AccuracyResult
  /** Each run on its own fold, in the order of the group's members. */
  readonly own: readonly AccuracyResult[]
}

export async function evaluateFolds(options: EvaluateRunsOptions): Promise<{
  folds: readonly PooledFolds[]
  data: Folds
}> {
  const groups = repetitionGroups(options.runs)
  refuseOthers(options.runs)
  const opened = new Map<number, Folds>()
  for (const { of } of groups) if (!opened.has(of)) opened.set(of, await options.openFolds(of))
  const total = groups.reduce((sum, group) => sum + picturesOf(group, opened.get(group.of)!), 0)
  const folds: PooledFolds[] = []
  let before = 0
  for (const group of groups) {
    const data = opened.get(group.of)!
    const onProgress = (done: number): void => {
      options.emit({ type: 'evaluate', suite: 'accuracy', done: before + done, total })
    }
    folds.push(await evaluateGroup(group, data, options, onProgress))
    before += picturesOf(group, data)
  }
  return { folds, data: opened.get(groups[0]!.of)! }
}

function picturesOf({ members }: RepetitionGroup, data: Folds): number {
  return members.reduce((sum, { repetition }) => sum + data.heldOut(repetition.number - 1).length, 0)
}

/** What was trained on all of the data has no part of its own to be judged on. */
function refuseOthers(runs: readonly Run[]): void {
  const other = runs.find((run) => repetitionOf(run)?.over !== 'folds')
  if (other === undefined) return
  const message = `Runs of folds are judged each on its own part, which ${basename(other.directory)} has not: evaluate them apart, or all on one split (test, or other pictures)`
  throw new IjepaError('ERR_ARGUMENT', message)
}

async function evaluateGroup(
  group: RepetitionGroup,
  data: Folds,
  { plan, config: { precision }, signal }: EvaluateRunsOptions,
  onProgress: (done: number) => void,
): Promise<PooledFolds> {
  const own: AccuracyResult[] = []
  const rows: Int32Array[] = []
  let before = 0
  for (const { run, repetition } of group.members) {
    const index = repetition.number - 1
    const { validation, fingerprint } = await data.open(index, signal)
    if (fingerprint !== run.config.dataFingerprint || validation === undefined) throw otherData(run)
    const result = await evaluateAccuracy({
      ...plan.loading,
      device: plan.device,
      precision,
      model: run.directory,
      split: validation,
      classes: plan.dataset.classes,
      signal,
      onProgress: (done) => {
        onProgress(before + done)
      },
    })
    before += validation.labels.length
    const heldOut = data.heldOut(index)
    rows.push(result.samples.map((sample) => heldOut[sample]!))
    own.push({ ...result, bad: result.bad.map((bad) => ({ ...bad, sample: heldOut[bad.sample]! })) })
  }
  return { group, whole: data.whole, pooled: pool(own, rows), own }
}

function otherData({ directory }: Run): IjepaError {
  const message = `The data of this trainer are not those that ${directory} was cross-validated on: use a trainer of the same data and seed, or give split`
  return new IjepaError('ERR_DATASET', message, { file: directory })
}

/** @param rows rows of the whole, of each result's samples */
function pool(results: readonly AccuracyResult[], rows: readonly Int32Array[]): AccuracyResult {
  const places = results.flatMap((_, fold) => Array.from(rows[fold]!, (row, at) => ({ row, fold, at })))
  places.sort((a, b) => a.row - b.row)
  const classes = results[0]!.logits.length / results[0]!.labels.length
  const logits = new Float32Array(places.length * classes)
  places.forEach(({ fold, at }, place) => {
    logits.set(results[fold]!.logits.subarray(at * classes, (at + 1) * classes), place * classes)
  })
  const seconds = results.reduce((sum, result) => sum + result.labels.length / result.imagesPerSecond, 0)
  return {
    logits,
    labels: Int32Array.from(places, ({ fold, at }) => results[fold]!.labels[at]!),
    ...(results[0]!.labelSets && {
      labelSets: places.map(({ fold, at }) => results[fold]!.labelSets![at]!),
    }),
    samples: Int32Array.from(places, ({ row }) => row),
    bad: results.flatMap(({ bad }) => bad),
    model: withoutTemperature(results[0]!.model),
    precision: results[0]!.precision,
    imagesPerSecond: places.length / seconds,
  }
}

/** Each run of a cross-validation has its own. */
function withoutTemperature({ geometry, preprocessing }: AccuracyResult['model']): AccuracyResult['model'] {
  return { geometry, preprocessing }
}
