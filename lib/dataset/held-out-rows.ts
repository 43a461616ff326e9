/** A part of train that chooses hyper-parameters, held out as a validation set is. */
import { IjepaError } from '../errors'
import { hashContents } from './content-hash'
import { groupsOf } from './groups'
import { chooseHoldout } from './holdout'
import { Pace } from './pace'
import type { Split } from './split'

export interface HeldOutOptions {
  /** Of each class; at least one sample, and one stays. */
  readonly fraction: number
  readonly seed: number
  /** As data.groupBy. */
  readonly groupBy?: string
  /** Where hashes of the pictures' contents are remembered; nowhere without it. */
  readonly cacheDirectory?: string
  readonly signal?: AbortSignal
}

/**
 * Whether a group can be held out: every class of its pictures keeps others. What ties groups together beside, equal pictures in
 * two of them, is not looked for.
 */
export async function canHoldOutGroups(
  train: Split,
  groupBy: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { labels, perClass } = train
  const groups = await groupsOf(train, groupBy, new Pace(signal))
  const sizes = new Map<string, Map<number, number>>()
  for (const [row, label] of labels.entries()) {
    const group = groups[row]! || `picture ${row}` // which has none, and is one of its own
    const own = sizes.get(group) ?? new Map<number, number>()
    sizes.set(group, own.set(label, (own.get(label) ?? 0) + 1))
  }
  return [...sizes.values()].some((own) => [...own].every(([label, size]) => size < perClass[label]!))
}

/**
 * 1 for each sample of `train` that is held out: stratified, the same for the same seed; equal pictures and groups stay together.
 * @throws ERR_DATASET: no class has two different pictures, or groups
 */
export async function heldOutRows(train: Split, options: HeldOutOptions): Promise<Uint8Array> {
  const { fraction, seed, groupBy, cacheDirectory, signal } = options
  const pace = new Pace(signal)
  const { mask } = await chooseHoldout({
    labels: train.labels,
    classes: train.perClass.length,
    hashes: await hashContents(train.table, pace, cacheDirectory),
    ...(groupBy === undefined ? {} : { groups: await groupsOf(train, groupBy, pace) }),
    fraction,
    seed,
    pace,
  })
  if (mask.includes(1)) return mask
  throw new IjepaError(
    'ERR_DATASET',
    `sweep.select: no part of train can be held out to choose by, since no class has two different ${groupBy === undefined ? 'pictures' : 'groups'}. Leave sweep out, or add pictures.`,
  )
}
