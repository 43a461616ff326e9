/** Opens a data set: reads its sources, fixes the classes, makes the splits, and says what a person should know before epoch 1. */
import type { DataOptions, DataSummary, Source } from '../api'
import { IjepaError } from '../errors'
import { checkSubset, chooseSubset, listedRows } from './choose-subset'
import { checkGivenClasses, matchClasses, orderClasses, refuseNearlyEqual } from './classes'
import { hashContents } from './content-hash'
import { findingsOnSplits } from './findings'
import { fingerprintOf } from './fingerprint'
import { checkGroups, groupsOf } from './groups'
import { chooseHoldout } from './holdout'
import { some, type DatasetWarning, type Listing, type Skipped } from './listing'
import { readSource } from './open-source'
import { Pace } from './pace'
import { readSources, refuseBad, rowsOf, type Part, type Parts } from './read-sources'
import { sequentialOrder } from './random'
import { wordNetNames } from './shifted-names'
import { makeSplit, positionsWhere, subsetInSlices, type Split } from './split'

export interface Dataset {
  /** In the order of class indices. */
  readonly classes: readonly string[]
  readonly train: Split
  readonly validation?: Split
  readonly test?: Split
  /** Samples may have several classes: every split has `labelSets`. */
  readonly multiLabel: boolean
  /** Files that are no samples, and why. */
  readonly skipped: readonly Skipped[]
  readonly warnings: readonly DatasetWarning[]
  /** Changes when names, sizes, labels, classes or splits do. */
  readonly fingerprint: string
  readonly summary: DataSummary
}

export interface DatasetContext {
  /** Of splits and subsets. */
  seed: number
  signal?: AbortSignal
  /** Folder in which hashes of contents are remembered; without it they are computed anew each time. */
  cacheDirectory?: string
}

/**
 * Opens the data set that the options name.
 *
 * Errors: ERR_FILE (a path that is missing or unreadable), ERR_DATASET (layout, classes, splits), ERR_IMAGE_DECODE (bad
 * pictures under `onBadImage: 'throw'`), ERR_CONFIG (options out of range), ERR_UNSUPPORTED; the signal's reason after an abort.
 */
export async function openDataset(options: DataOptions, context: DatasetContext): Promise<Dataset> {
  const pace = new Pace(context.signal)
  if (options.subset) checkSubset(options.subset)
  const { listings, parts, fraction } = await readSources(options, pace)
  refuseBad(listings, options)
  const { classes, splits } = await nameClasses(parts, options, pace)
  const multiLabel = evenLabels(splits)
  const warnings = listings.flatMap((listing) => listing.warnings)
  const warn = (warning: DatasetWarning): number => warnings.push(warning)

  const { groupBy } = options
  const groups = groupBy === undefined ? undefined : await groupsOf(splits.train, groupBy, pace)
  if (groups) checkGroups(splits.train, groupBy!, groups, warn)
  if (fraction !== undefined) {
    await holdOut(splits, { ...context, fraction, groups, list: options.subset?.list, warn, pace })
  }
  if (options.subset) {
    const { seed } = context
    const choice = { seed, classes, option: 'data.subset', warn, pace }
    const positions = await chooseSubset(splits.train, options.subset, choice)
    splits.train = await subsetInSlices(splits.train, positions, pace)
  }
  warnings.push(...(await findingsOnSplits(classes, splits, options, fraction !== undefined, pace)))
  const skipped = listings.flatMap(leftOut)
  const fingerprint = await fingerprintOf(classes, present(splits), pace)
  const summary = summarize(classes, splits, skipped, warnings, fingerprint)
  return { classes, ...splits, multiLabel, skipped, warnings, fingerprint, summary }
}

/** Names of classes that a source uses -> what they are called among `classes`. */
type Rename = (names: readonly string[], classes: readonly string[]) => readonly string[]

export interface SplitOptions {
  readonly signal?: AbortSignal
  readonly onBadImage?: 'throw' | 'skip'
  /** The source's name for messages. */
  readonly option?: string
  /** What the source's class names are among the classes. @default the same; numbers are WordNet ids by their place */
  readonly rename?: Rename
}

/** Opens one more split of a known set of classes, matched by name. */
export async function openSplit(
  source: Source,
  classes: readonly string[],
  options: SplitOptions = {},
): Promise<Split & { readonly skipped: readonly Skipped[]; readonly warnings: readonly DatasetWarning[] }> {
  const pace = new Pace(options.signal)
  const option = options.option ?? 'split'
  const names = classes.map((name) => name.normalize('NFC'))
  const listing = await readSource(source, option, { known: new Set(names) }, pace)
  const rows = rowsOf(listing, ['whole', 'test'], option)
  refuseBad([listing], options)
  const split = await splitOf({ option, listing, rows }, names, pace, options.rename)
  return { ...split, skipped: leftOut(listing), warnings: listing.warnings }
}

// -- classes

type Splits = { train: Split; validation?: Split; test?: Split }

/** The splits that there are, in the order in which people read them. */
function present({ train, validation, test }: Splits): Record<string, Split> {
  return { train, ...(validation && { validation }), ...(test && { test }) }
}

async function nameClasses(
  parts: Parts,
  options: DataOptions,
  pace: Pace,
): Promise<{ classes: string[]; splits: Splits }> {
  const { train, validation, test } = parts
  const names = namesOf(train)
  const classes = options.classes ? checkGivenClasses(options.classes) : orderClasses(names)
  if (!options.classes) refuseNearlyEqual(classes, train.option)
  const splits: Splits = { train: await splitOf(train, classes, pace, (own) => own) }
  if (splits.train.perClass.filter((n) => n > 0).length < 2) {
    throw new IjepaError(
      'ERR_DATASET',
      `data.train: expected pictures of at least two classes, found ${some(names)} with ${splits.train.perClass.join(', ')}. Check that the path is that of the folder which holds the class folders.`,
    )
  }
  if (validation) splits.validation = await splitOf(validation, classes, pace)
  if (test) splits.test = await splitOf(test, classes, pace)
  return { classes, splits }
}

/** Classes with pictures in this part, and classes with none anywhere (empty folders). */
function namesOf({ listing, rows }: Part): string[] {
  const inPart = classesIn(listing, rows)
  const inSource = classesIn(listing, sequentialOrder(listing.rows))
  return listing.classNames.filter((_, index) => inPart[index] === 1 || inSource[index] === 0)
}

/** 1 for each of the listing's class names that one of the rows has. */
function classesIn(listing: Listing, rows: Int32Array): Uint8Array {
  const found = new Uint8Array(listing.classNames.length)
  const classOf = listing.classOf.values()
  for (const row of rows) {
    found[classOf[row]!] = 1
    for (const index of listing.otherClassesOf?.get(row) ?? []) found[index] = 1
  }
  return found
}

/** Whether train's pictures may have several classes; the other splits' then all have a set of them. */
function evenLabels(splits: Splits): boolean {
  const several = splits.train.labelSets !== undefined
  for (const name of ['validation', 'test'] as const) {
    const split = splits[name]
    if (!split || (split.labelSets !== undefined) === several) continue
    if (!several) {
      const message = `data.${name}: several labels a picture (label: [...]), but one in data.train: give lists in both.`
      throw new IjepaError('ERR_DATASET', message)
    }
    splits[name] = { ...split, labelSets: Array.from(split.labels, (label) => [label]) }
  }
  return several
}

/** Only classes with pictures in these rows must be known: an empty folder of an unknown name harms nobody. */
async function splitOf(
  { option, listing, rows }: Part,
  classes: readonly string[],
  pace: Pace,
  rename: Rename = wordNetNames,
): Promise<Split> {
  const found = classesIn(listing, rows)
  const used = positionsWhere(found.length, (index) => found[index] === 1)
  const names = Array.from(used, (index) => listing.classNames[index]!)
  const renamed = rename(names, classes)
  if (rename === wordNetNames && renamed !== names) listing.warn('numbered-classes', numbered(option))
  const matched = matchClasses(renamed, classes, option)
  const labelOf = new Int32Array(listing.classNames.length).fill(-1)
  used.forEach((index, i) => (labelOf[index] = matched[i]!))
  return makeSplit(listing, rows, labelOf, classes.length, pace)
}

const numbered = (option: string): string =>
  `${option}: its classes are numbers, as ImageNet-V2's, and taken as places in the order of the WordNet ids.`

// -- splits and subsets

interface HoldoutPlan extends DatasetContext {
  fraction: number
  groups?: readonly string[]
  /** File of pictures that must stay in train. */
  list?: string
  warn: (warning: DatasetWarning) => void
  pace: Pace
}

/** Moves a part of train to validation. */
async function holdOut(splits: Splits, plan: HoldoutPlan): Promise<void> {
  const { train } = splits
  const { fraction, groups, list, seed, warn, pace } = plan
  const hashes = await hashContents(train.table, pace, plan.cacheDirectory)
  const { labels, perClass } = train
  const keep = list === undefined ? undefined : await listedRows(train, list, { option: 'data.subset', pace })
  const input = { labels, classes: perClass.length, hashes, groups, keep, fraction, seed, pace }
  const holdout = await chooseHoldout(input)
  duplicateWarnings(holdout, train).forEach(warn)
  if (!holdout.mask.includes(1)) throw nothingHeldOut(groups !== undefined)
  const side = (bit: number): Int32Array => positionsWhere(labels.length, (row) => holdout.mask[row] === bit)
  splits.train = await subsetInSlices(train, side(0), pace)
  splits.validation = await subsetInSlices(train, side(1), pace)
}

export function duplicateWarnings(
  { duplicateSets, conflictingRows }: { duplicateSets: number; conflictingRows: readonly number[] },
  train: Split,
): DatasetWarning[] {
  const warnings: DatasetWarning[] = []
  if (duplicateSets > 0) {
    const message = `${duplicateSets} set(s) of equal pictures in data.train; each set stays on one side of the split.`
    warnings.push({ code: 'equal-pictures', message })
  }
  if (conflictingRows.length > 0) {
    const names = conflictingRows.map((row) => train.names[row]!)
    const message = `${names.length} picture(s) occur under two classes, so one label is wrong: ${some(names)}.`
    warnings.push({ code: 'conflicting-labels', message })
  }
  return warnings
}

function nothingHeldOut(grouped: boolean): IjepaError {
  const why = grouped ? 'no class has two groups' : 'no class has two different pictures'
  return new IjepaError(
    'ERR_DATASET',
    `data.validation: no part of train can be held out, since ${why}. Give validation its own source, or say validation: 'none'.`,
  )
}

function leftOut({ skipped, bad }: Listing): Skipped[] {
  return [...skipped, ...bad.map(({ file, reason }) => ({ file, reason }))]
}

export function summarize(
  classes: readonly string[],
  splits: Splits,
  skipped: readonly Skipped[],
  warnings: readonly DatasetWarning[],
  fingerprint: string,
): DataSummary {
  const entries = Object.entries(present(splits))
  return {
    classes,
    splits: Object.fromEntries(
      entries.map(([name, { names, perClass }]) => [name, { images: names.length, perClass }]),
    ),
    skipped,
    warnings,
    fingerprint,
  }
}
