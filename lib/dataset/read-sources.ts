/** Reads the sources that the data options name, and tells which rows are train, validation and test. */
import type { DataOptions, Source } from '../api'
import { IjepaError } from '../errors'
import { checkGivenClasses } from './classes'
import type { Listing, SplitName } from './listing'
import { readSource } from './open-source'
import type { Pace } from './pace'
import { positionsWhere } from './split'

/** Of train, held out where no validation is given. */
const defaultFraction = 0.1

export interface Part {
  option: string
  listing: Listing
  rows: Int32Array
}

export interface Parts {
  train: Part
  validation?: Part
  test?: Part
}

export interface Sources {
  listings: Listing[]
  parts: Parts
  /** Of train to hold out for validation; undefined where validation is given or not wanted. */
  fraction?: number
}

export async function readSources(options: DataOptions, pace: Pace): Promise<Sources> {
  const given = options.classes && new Set(checkGivenClasses(options.classes))
  const { validation, test, labels } = options
  const train = await readSource(options.train, 'data.train', { known: given, labels }, pace)
  const known = given ?? new Set(train.classNames)
  const listings = [train]
  const partOf = async (source: Source, option: string, splits: SplitName[]): Promise<Part> => {
    const listing = await readSource(source, option, { known, labels }, pace)
    listings.push(listing)
    return { option, listing, rows: rowsOf(listing, splits, option) }
  }
  const inTrain = (split: SplitName): Part | undefined => {
    const rows = positionsWhere(train.rows, (row) => train.splits[row] === split)
    return rows.length > 0 ? { option: `data.train (its ${split} part)`, listing: train, rows } : undefined
  }
  const parts: Parts = {
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
export function rowsOf(listing: Listing, splits: readonly SplitName[], option: string): Int32Array {
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
function sayUnused(train: Listing, parts: Parts): void {
  for (const split of ['validation', 'test'] as const) {
    const there = train.splits.filter((name) => name === split).length
    if (there === 0 || parts[split]?.listing === train) continue
    train.warn(
      'split-not-used',
      `data.train holds a ${split} split of ${there} pictures, which is not used: data.${split} says otherwise.`,
    )
  }
}

export function refuseBad(
  listings: readonly Listing[],
  { onBadImage }: { onBadImage?: 'throw' | 'skip' },
): void {
  const bad = listings.flatMap((listing) => listing.bad)
  if (bad.length === 0 || onBadImage === 'skip') return
  const described = bad.slice(0, 10).map(({ file, reason }) => `${JSON.stringify(file)}: ${reason}`)
  const more = bad.length > 10 ? ` … and ${bad.length - 10} more` : ''
  throw new IjepaError(
    bad.find(({ code }) => code === 'ERR_IMAGE_DECODE')?.code ?? 'ERR_IMAGE_REFUSED',
    `${bad.length} picture(s) cannot be read: ${described.join('; ')}${more}. Mend or remove them, or set onBadImage: 'skip' to leave them out and have them listed.`,
    { file: bad[0]!.file, files: bad },
  )
}
