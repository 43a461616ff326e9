/** Groups of pictures that must stay on one side of a split: a patient, a film. */
import { IjepaError } from '../errors'
import { some, type DatasetWarning } from './listing'
import type { Pace } from './pace'
import { keyOf, type Split } from './split'

/**
 * The group of each sample, '' for none: a manifest column where one is so called, else the regular expression's first
 * capture (the whole match where it captures nothing) on the path within the source.
 */
export async function groupsOf(split: Split, groupBy: string, pace: Pace): Promise<readonly string[]> {
  const column = split.groups && Object.hasOwn(split.groups, groupBy) ? split.groups[groupBy] : undefined
  return column ?? (await matchPaths(split, compile(groupBy), pace))
}

/** Refuses a `groupBy` that gives no sample of train a group; says how many have none. */
export function checkGroups(
  train: Split,
  groupBy: string,
  groups: readonly string[],
  warn: (warning: DatasetWarning) => void,
): void {
  const without = groups.filter((group) => group === '').length
  if (without === groups.length) {
    const columns = Object.keys(train.groups ?? {})
    throw new IjepaError(
      'ERR_DATASET',
      `data.groupBy: ${JSON.stringify(groupBy)} is no column${columns.length > 0 ? ` (there are ${some(columns)})` : ''} and matches none of ${groups.length} paths, such as ${JSON.stringify(keyOf(train, 0))}.`,
    )
  }
  if (without > 0) {
    const message = `data.groupBy: ${without} of ${groups.length} pictures have no group and count as one each.`
    warn({ code: 'pictures-without-group', message })
  }
}

/** Refuses a `groupBy` that cannot be a regular expression; a column's name is one nearly always. */
function compile(groupBy: string): RegExp {
  try {
    return new RegExp(groupBy, 'u')
  } catch (cause) {
    const message = `data.groupBy: expected a manifest column or a regular expression, found ${JSON.stringify(groupBy)}: ${(cause as Error).message}.`
    throw new IjepaError('ERR_CONFIG', message, undefined, { cause })
  }
}

async function matchPaths(split: Split, pattern: RegExp, pace: Pace): Promise<string[]> {
  const groups: string[] = []
  for (let row = 0; row < split.names.length; row++) {
    const match = pattern.exec(keyOf(split, row))
    groups.push(match?.[1] ?? match?.[0] ?? '')
    if (pace.due()) await pace.rest()
  }
  return groups
}
