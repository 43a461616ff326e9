/** Cross-validation: all of train in k folds, each the validation set of a data set that trains on the others. */
import type { DataOptions, DataSummary } from '../api'
import { IjepaError } from '../errors'
import { chooseFolds, type FoldChoice } from './choose-folds'
import { hashContents } from './content-hash'
import { findingsOnSplits } from './findings'
import { fingerprintOf } from './fingerprint'
import { groupsOf } from './groups'
import { some, type DatasetWarning } from './listing'
import { duplicateWarnings, openDataset, summarize, type Dataset, type DatasetContext } from './open-dataset'
import { Pace } from './pace'
import { positionsWhere, subsetInSlices, type Split } from './split'

export interface Folds {
  readonly count: number
  /** All pictures that the folds are made of, and where. */
  readonly whole: Split
  readonly summary: DataSummary
  readonly fingerprint: string
  /** Rows of `whole` that fold `index`, from 0, holds out: its validation set, in this order. */
  heldOut(index: number): Int32Array
  /** Fold `index`, from 0: its validation set is held out, the others train. */
  open(index: number, signal?: AbortSignal): Promise<Dataset>
}

/**
 * The data in `count` folds, from 2. All of train (its subset, where there is one) takes part: a part that `validation` would
 * hold out too, and a validation set of its own is left out.
 *
 * @throws as openDataset; ERR_DATASET: too few pictures or groups for so many folds
 */
export async function openFolds(
  options: DataOptions,
  { count, ...context }: DatasetContext & { count: number },
): Promise<Folds> {
  const base = await openDataset({ ...options, validation: 'none' }, context)
  const pace = new Pace(context.signal)
  const { train } = base
  const choice = await chooseFolds({
    labels: train.labels,
    ...(train.labelSets && { labelSets: train.labelSets }),
    classes: base.classes.length,
    hashes: await hashContents(train.table, pace, context.cacheDirectory),
    ...(options.groupBy !== undefined && { groups: await groupsOf(train, options.groupBy, pace) }),
    folds: count,
    seed: context.seed,
    pace,
  })
  refuseEmpty(choice, count)
  const rowsWhere = (holds: (fold: number) => boolean): Int32Array =>
    positionsWhere(choice.foldOf.length, (row) => holds(choice.foldOf[row]!))
  const warnings = [...base.warnings, ...duplicateWarnings(choice, train), ...neverHeldOut(choice, base)]
  return {
    count,
    whole: train,
    summary: { ...base.summary, warnings },
    fingerprint: base.fingerprint,
    heldOut: (index) => rowsWhere((fold) => fold === index),
    async open(index, signal) {
      const own = new Pace(signal)
      const validation = await subsetInSlices(
        train,
        rowsWhere((fold) => fold === index),
        own,
      )
      const others = await subsetInSlices(
        train,
        rowsWhere((fold) => fold !== index),
        own,
      )
      const splits = { train: others, validation, ...(base.test && { test: base.test }) }
      return foldDataset(base, splits, warnings, options, own)
    },
  }
}

async function foldDataset(
  base: Dataset,
  splits: { train: Split; validation: Split; test?: Split },
  known: readonly DatasetWarning[],
  options: DataOptions,
  pace: Pace,
): Promise<Dataset> {
  const { classes, multiLabel, skipped } = base
  const found = await findingsOnSplits(classes, splits, options, true, pace)
  const messages = new Set(known.map(({ message }) => message))
  const warnings = [...known, ...found.filter(({ message }) => !messages.has(message))]
  const fingerprint = await fingerprintOf(classes, splits, pace)
  const summary = summarize(classes, splits, skipped, warnings, fingerprint)
  return { classes, ...splits, multiLabel, skipped, warnings, fingerprint, summary }
}

function refuseEmpty({ foldOf, units }: FoldChoice, count: number): void {
  const used = new Set(foldOf)
  used.delete(-1)
  if (used.size === count) return
  throw new IjepaError(
    'ERR_DATASET',
    `folds: ${count} folds cannot be made of the ${units} pictures or groups of data.train that may be parted: ${used.size} at most.`,
  )
}

function neverHeldOut({ foldOf }: FoldChoice, { train }: Dataset): DatasetWarning[] {
  const names = train.names.filter((_, row) => foldOf[row] === -1)
  if (names.length === 0) return []
  const message = `${names.length} picture(s) are in no fold but always trained on, since their class would else be missing from the training of one: ${some(names)}.`
  return [{ code: 'never-held-out', message }]
}
