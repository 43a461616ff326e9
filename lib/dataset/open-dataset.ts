/** Opens a data set: reads its sources, fixes the classes, makes the splits, and says what a person should know before epoch 1. */
import type { DataOptions, DataSummary, Source } from '../api'
import { IjepaError } from '../errors'
import { checkSubset, chooseSubset, type SubsetOptions } from './choose-subset'
import { checkGivenClasses, matchClasses, orderClasses, refuseNearlyEqual } from './classes'
import { hashContents } from './content-hash'
import { findingsOnSplits } from './findings'
import { fingerprintOf } from './fingerprint'
import { groupsOf } from './groups'
import { chooseHoldout, type Holdout } from './holdout'
import { some, type DatasetWarning, type Listing, type Skipped, type SplitName } from './listing'
import { readSource } from './open-source'
import { Pace } from './pace'
import { makeSplit, positionsWhere, subset, type Split } from './split'

const defaultFraction = 0.1

export interface Dataset {
  /** In the order of class indices. */
  readonly classes: readonly string[]
  readonly train: Split
  readonly validation?: Split
  readonly test?: Split
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
  const sources = await readSources(options, pace)
  const { classes, splits } = await nameClasses(sources, options)
  const warnings = sources.listings.flatMap((listing) => listing.warnings)
  const warn = (warning: DatasetWarning): number => warnings.push(warning)
  refuseBad(sources.listings, options)

  const wanted =
    sources.fraction === undefined
      ? splits
      : await holdOut(splits, sources.fraction, options, context, warn, pace)
  if (options.subset)
    wanted.train = await subsetOf(wanted.train, options.subset, context.seed, classes, warn, pace)
  warnings.push(...(await findingsOnSplits(classes, wanted, options, pace)))
  const fingerprint = await fingerprintOf(classes, { ...wanted }, pace)
  const skipped = sources.listings.flatMap((listing) => [...listing.skipped, ...listing.bad])
  return {
    classes,
    ...wanted,
    skipped,
    warnings,
    fingerprint,
    summary: summarize(classes, wanted, skipped, warnings, fingerprint),
  }
}

/** Opens one more split of a known set of classes, matched by name. `option`: the source's name for messages. */
export async function openSplit(
  source: Source,
  classes: readonly string[],
  options: { signal?: AbortSignal; onBadImage?: 'throw' | 'skip'; option?: string } = {},
): Promise<Split & { readonly skipped: readonly Skipped[]; readonly warnings: readonly DatasetWarning[] }> {
  const pace = new Pace(options.signal)
  const option = options.option ?? 'split'
  const names = classes.map((name) => name.normalize('NFC'))
  const listing = await readSource(source, option, new Set(names), pace)
  const rows = rowsOf(listing, ['whole', 'test'], option)
  refuseBad([listing], options)
  const split = splitOf(listing, rows, names, option)
  return { ...split, skipped: [...listing.skipped, ...listing.bad], warnings: listing.warnings }
}

// -- sources

interface Part {
  option: string
  listing: Listing
  rows: Int32Array
}

interface Sources {
  listings: Listing[]
  parts: { train: Part; validation?: Part; test?: Part }
  /** Of train to hold out for validation; undefined where validation is given or not wanted. */
  fraction?: number
}

async function readSources(options: DataOptions, pace: Pace): Promise<Sources> {
  const given = options.classes && new Set(checkGivenClasses(options.classes))
  const { validation, test } = options
  const train = await readSource(options.train, 'data.train', given, pace)
  const known = given ?? new Set(train.classNames)
  const listings = [train]
  const partOf = async (source: Source, option: string, splits: SplitName[]): Promise<Part> => {
    const listing = await readSource(source, option, known, pace)
    listings.push(listing)
    return { option, listing, rows: rowsOf(listing, splits, option) }
  }
  const inTrain = (split: SplitName): Part | undefined => {
    const rows = positionsWhere(train.rows, (row) => train.splits[row] === split)
    return rows.length > 0 ? { option: `data.train (its ${split} part)`, listing: train, rows } : undefined
  }
  const parts: Sources['parts'] = {
    train: { option: 'data.train', listing: train, rows: rowsOf(train, ['whole', 'train'], 'data.train') },
    validation: isSource(validation)
      ? await partOf(validation, 'data.validation', ['whole', 'validation'])
      : validation === undefined
        ? inTrain('validation')
        : undefined,
    test: test !== undefined ? await partOf(test, 'data.test', ['whole', 'test']) : inTrain('test'),
  }
  sayUnused(train, parts)
  const fraction = parts.validation || validation === 'none' ? undefined : checkFraction(validation)
  return { listings, parts, fraction }
}

function isSource(validation: DataOptions['validation']): validation is Source {
  const isFraction = typeof validation === 'object' && 'fraction' in validation
  return validation !== undefined && validation !== 'none' && !isFraction
}

function checkFraction(validation: DataOptions['validation']): number {
  if (validation === undefined) return defaultFraction
  const { fraction } = validation as { fraction: number }
  if (fraction > 0 && fraction < 1) return fraction
  throw new IjepaError(
    'ERR_CONFIG',
    `data.validation.fraction: expected a number above 0 and below 1, found ${String(fraction)}; for no validation say 'none'.`,
  )
}

/** The rows of the first kind of split that there are: those that say nothing of splits together with the option's own. */
function rowsOf(listing: Listing, splits: readonly SplitName[], option: string): Int32Array {
  const [whole, own] = splits
  const rows = positionsWhere(
    listing.rows,
    (row) => listing.splits[row] === whole || listing.splits[row] === own,
  )
  if (rows.length > 0) return rows
  if (listing.rows > 0) {
    const there = [...new Set(listing.splits)].join(', ')
    throw new IjepaError(
      'ERR_DATASET',
      `${option}: the source holds ${there}, and nothing for ${own}. Give the path of the one that you mean.`,
    )
  }
  const reasons = [...listing.bad, ...listing.skipped]
    .slice(0, 5)
    .map(({ file, reason }) => `${file}: ${reason}`)
  throw new IjepaError(
    'ERR_DATASET',
    `${option}: no pictures found${reasons.length > 0 ? ` (${reasons.join('; ')})` : ''}.`,
  )
}

/** A validation or test folder inside train's source that an explicit option puts aside is not lost silently. */
function sayUnused(train: Listing, parts: Sources['parts']): void {
  for (const split of ['validation', 'test'] as const) {
    const there = train.splits.filter((name) => name === split).length
    if (there === 0 || parts[split]?.listing === train) continue
    train.warn(
      'split-not-used',
      `data.train holds a ${split} split of ${there} pictures, which is not used: data.${split} says otherwise.`,
    )
  }
}

function refuseBad(listings: readonly Listing[], { onBadImage }: { onBadImage?: 'throw' | 'skip' }): void {
  const bad = listings.flatMap((listing) => listing.bad)
  if (bad.length === 0 || onBadImage === 'skip') return
  const described = bad.slice(0, 10).map(({ file, reason }) => `${JSON.stringify(file)}: ${reason}`)
  const more = bad.length > 10 ? ` … and ${bad.length - 10} more` : ''
  throw new IjepaError(
    'ERR_IMAGE_DECODE',
    `${bad.length} picture(s) cannot be read: ${described.join('; ')}${more}. Mend or remove them, or set onBadImage: 'skip' to leave them out and have them listed.`,
    { file: bad[0]!.file, files: bad },
  )
}

// -- classes

type Splits = { train: Split; validation?: Split; test?: Split }

function nameClasses(sources: Sources, options: DataOptions): { classes: string[]; splits: Splits } {
  const { train, validation, test } = sources.parts
  const names = namesOf(train)
  const classes = options.classes ? checkGivenClasses(options.classes) : orderClasses(names)
  if (!options.classes) refuseNearlyEqual(classes, train.option)
  const splits: Splits = { train: splitOf(train.listing, train.rows, classes, train.option) }
  if (splits.train.perClass.filter((n) => n > 0).length < 2) {
    throw new IjepaError(
      'ERR_DATASET',
      `data.train: expected pictures of at least two classes, found ${some(names)} with ${splits.train.perClass.join(', ')}. Check that the path is that of the folder which holds the class folders.`,
    )
  }
  if (validation) splits.validation = splitOf(validation.listing, validation.rows, classes, validation.option)
  if (test) splits.test = splitOf(test.listing, test.rows, classes, test.option)
  return { classes, splits }
}

/** Classes with pictures in this part, and classes with none anywhere (empty folders). */
function namesOf({ listing, rows }: Part): string[] {
  const inPart = new Uint8Array(listing.classNames.length)
  const inSource = new Uint8Array(listing.classNames.length)
  for (const index of listing.classOf) inSource[index] = 1
  for (const row of rows) inPart[listing.classOf[row]!] = 1
  return listing.classNames.filter((_, index) => inPart[index] === 1 || inSource[index] === 0)
}

/** Only classes with pictures in these rows must be known: an empty folder of an unknown name harms nobody. */
function splitOf(listing: Listing, rows: Int32Array, classes: readonly string[], option: string): Split {
  const used = [...new Set(Array.from(rows, (row) => listing.classOf[row]!))]
  const matched = matchClasses(
    used.map((index) => listing.classNames[index]!),
    classes,
    option,
  )
  const labelOf = new Int32Array(listing.classNames.length).fill(-1)
  used.forEach((index, i) => (labelOf[index] = matched[i]!))
  return makeSplit(listing, rows, labelOf, classes.length)
}

// -- splits and subsets

async function holdOut(
  splits: Splits,
  fraction: number,
  options: DataOptions,
  context: DatasetContext,
  warn: (warning: DatasetWarning) => void,
  pace: Pace,
): Promise<Splits> {
  const { train } = splits
  const hashes = await hashContents(train.table, pace, context.cacheDirectory)
  const groups =
    options.groupBy === undefined ? undefined : await groupsOf(train, options.groupBy, warn, pace)
  const { labels, perClass } = train
  const input = { labels, classes: perClass.length, hashes, groups, fraction, seed: context.seed, pace }
  const holdout = await chooseHoldout(input)
  warnOfDuplicates(holdout, train, warn)
  const side = (bit: number): Split =>
    subset(
      train,
      positionsWhere(labels.length, (row) => holdout.mask[row] === bit),
    )
  if (!holdout.mask.includes(1)) throw nothingHeldOut(options)
  return { ...splits, train: side(0), validation: side(1) }
}

function warnOfDuplicates(holdout: Holdout, train: Split, warn: (warning: DatasetWarning) => void): void {
  if (holdout.duplicateSets > 0) {
    const message = `${holdout.duplicateSets} set(s) of equal pictures in data.train; each set stays on one side of the split.`
    warn({ code: 'equal-pictures', message })
  }
  if (holdout.conflictingRows.length > 0) {
    const names = holdout.conflictingRows.map((row) => train.names[row]!)
    const message = `${names.length} picture(s) occur under two classes, so one label is wrong: ${some(names)}.`
    warn({ code: 'conflicting-labels', message })
  }
}

function nothingHeldOut(options: DataOptions): IjepaError {
  const why =
    options.groupBy === undefined ? 'no class has two different pictures' : 'no class has two groups'
  return new IjepaError(
    'ERR_DATASET',
    `data.validation: no part of train can be held out, since ${why}. Give validation its own source, or say validation: 'none'.`,
  )
}

async function subsetOf(
  train: Split,
  options: SubsetOptions,
  seed: number,
  classes: readonly string[],
  warn: (warning: DatasetWarning) => void,
  pace: Pace,
): Promise<Split> {
  return subset(train, await chooseSubset(train, options, seed, classes, warn, pace))
}

function summarize(
  classes: readonly string[],
  splits: Splits,
  skipped: readonly Skipped[],
  warnings: readonly DatasetWarning[],
  fingerprint: string,
): DataSummary {
  const entries = Object.entries(splits).filter(([, split]) => split !== undefined)
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
