/** Other data sets of the same classes: how much accuracy is lost on them. */
import type { Run } from '../api'
import type { ShiftConfig } from '../config'
import { openSplit, shiftedNames, type Split } from '../dataset'
import { IjepaError } from '../errors'
import { proportionDifference, wilsonInterval, type Difference, type Interval } from '../metrics'
import type { Plan } from '../train'
import { evaluateAccuracy, type AccuracyResult } from './accuracy'
import { largestLogit } from './largest-logit'

export interface ShiftResult {
  readonly name: string
  /** Classes that it has pictures of: where these are not all, the others' logits are left out, here and in the reference. */
  readonly classes: number
  readonly images: number
  /** Files and pictures that could not be read. */
  readonly skipped: number
  readonly top1: { readonly value: number } & Interval
  /** The same classes of the split that is evaluated. */
  readonly reference: { readonly images: number; readonly top1: { readonly value: number } & Interval }
  /** Of the reference's top-1 less the shift's. */
  readonly gap: Difference
}

export interface OpenedShift {
  readonly name: string
  readonly split: Split & { readonly skipped: readonly unknown[] }
}

/** @throws ERR_DATASET: unknown classes; as openSplit */
export async function openShifts(
  shifts: readonly ShiftConfig[],
  plan: Plan,
  signal: AbortSignal,
): Promise<OpenedShift[]> {
  const { classes } = plan.dataset
  const opened: OpenedShift[] = []
  for (const { name, source, classMap } of shifts) {
    const rename = (names: readonly string[]) => shiftedNames(names, classes, classMap)
    const { onBadImage } = plan.loading
    const split = await openSplit(source, classes, { signal, onBadImage, option: `shifts (${name})`, rename })
    if (split.labelSets) throw notOneLabel(name)
    opened.push({ name, split })
  }
  return opened
}

export interface ShiftOptions {
  readonly plan: Plan
  readonly run: Run
  /** Of the split that is evaluated. */
  readonly clean: AccuracyResult
  readonly signal: AbortSignal
  readonly onProgress: (done: number) => void
}

/** ImageNet-A's and -R's protocol: accuracy within the logits of the classes that the shift has. */
export async function evaluateShift(
  { name, split }: OpenedShift,
  options: ShiftOptions,
): Promise<ShiftResult> {
  const { plan, run, clean, signal, onProgress } = options
  const { classes } = plan.dataset
  const { loading, device } = plan
  const { precision } = clean
  const own = { ...loading, device, precision, model: run.directory, split, classes, signal, onProgress }
  const result = await evaluateAccuracy(own)
  const present = split.perClass.flatMap((count, label) => (count > 0 ? [label] : []))
  const shift = countRight(result, present)
  const reference = countRight(clean, present)
  if (reference[1] === 0) throw noReference(name)
  return {
    name,
    classes: present.length,
    images: shift[1],
    skipped: split.skipped.length + result.bad.length,
    top1: rate(shift),
    reference: { images: reference[1], top1: rate(reference) },
    gap: proportionDifference(reference, shift),
  }
}

type Counts = readonly [right: number, images: number]

const rate = ([right, images]: Counts) => ({ value: right / images, ...wilsonInterval(right, images) })

/** Of the rows whose label is one of `present`: right where that has the largest logit of them, the first of equal ones. */
function countRight({ logits, labels }: AccuracyResult, present: readonly number[]): Counts {
  const classes = logits.length / labels.length
  const among = new Set(present)
  let right = 0
  let images = 0
  labels.forEach((label, row) => {
    if (!among.has(label)) return
    images++
    if (largestLogit(logits, row * classes, present) === label) right++
  })
  return [right, images]
}

function noReference(name: string): IjepaError {
  const message = `shifts (${name}): none of its classes has a picture in the split that is evaluated, so there is nothing to compare with`
  return new IjepaError('ERR_DATASET', message)
}

function notOneLabel(name: string): IjepaError {
  return new IjepaError(
    'ERR_UNSUPPORTED',
    `shifts (${name}): its pictures have several labels, one is expected`,
  )
}
