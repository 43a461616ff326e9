/**
 * Labels that accept several classes for a picture: real.json of "Are we done with ImageNet?" (L. Beyer et al., 2020,
 * arXiv:2006.07159), a list for each of ImageNet's validation pictures, by their numbers, of indices of classes in the order of their
 * WordNet ids (n01440764 is 0). A list may be empty: no class was found right.
 */
import { readFile, stat } from 'node:fs/promises'
import { IjepaError } from '../errors'
import { some } from './listing'
import { compareCodePoints } from './name-order'
import { Pace } from './pace'
import { placesByNumber } from './picture-numbers'
import type { Split } from './split'

/** ReaL's has half a megabyte; more would hold the event loop while it is parsed. */
const mostBytes = 4 << 20

export interface RealLabelOptions {
  /** The classifier's, in its order. */
  readonly classes: readonly string[]
  /** The file's name for messages. */
  readonly option: string
  readonly signal?: AbortSignal
}

/**
 * Class indices that are accepted for each picture of the split, none of some.
 * @throws ERR_FILE; ERR_DATASET: no such file, a picture that it has no list for, a class that there is not
 */
export async function readRealLabels(
  file: string,
  { names }: Pick<Split, 'names'>,
  { classes, option, signal }: RealLabelOptions,
): Promise<readonly (readonly number[])[]> {
  const pace = new Pace(signal)
  const where = `${option}: ${JSON.stringify(file)}`
  const lists = await readLists(file, where)
  const byName = [...classes.keys()].sort((a, b) => compareCodePoints(classes[a]!, classes[b]!))
  const places = placesByNumber(names)
  requireLists(names, places, lists.length, where)
  const accepted: number[][] = []
  for (const [row, place] of places.entries()) {
    const outside = lists[place]!.find((index) => index >= classes.length)
    if (outside !== undefined) throw noClass(where, names[row]!, outside, classes.length)
    accepted.push([...new Set(lists[place]!.map((index) => byName[index]!))])
    if (pace.due()) await pace.rest()
  }
  if (accepted.some((list) => list.length > 0)) return accepted
  throw new IjepaError('ERR_DATASET', `${where} accepts no class for any of the ${names.length} pictures.`)
}

function requireLists(
  names: readonly string[],
  places: readonly number[],
  lists: number,
  where: string,
): void {
  const isKnown = (place: number): boolean => place >= 0 && place < lists
  const unknown = names.filter((_, row) => !isKnown(places[row]!))
  if (unknown.length === 0) return
  throw new IjepaError(
    'ERR_DATASET',
    `${where} has ${lists} lists, and none for ${unknown.length} of ${names.length} pictures: ${some(unknown, 3)}. Expected names that end in a number from 1 to ${lists}, as ILSVRC2012_val_00000001.JPEG.`,
    { unknown: unknown.slice(0, 20) },
  )
}

function noClass(where: string, picture: string, index: number, classes: number): IjepaError {
  return new IjepaError(
    'ERR_DATASET',
    `${where} accepts the class ${index} for ${JSON.stringify(picture)}, and there are ${classes}, from 0 to ${classes - 1} in the order of their names: these are labels of other classes.`,
    { index, classes },
  )
}

async function readLists(file: string, where: string): Promise<readonly (readonly number[])[]> {
  const lists = parsed(await textOf(file, where))
  const isIndex = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0
  if (Array.isArray(lists) && lists.every((list) => Array.isArray(list) && list.every(isIndex))) {
    return lists as readonly number[][]
  }
  const form = 'a list of lists of class indices, such as [[970], [795, 796], [], …]'
  throw new IjepaError('ERR_DATASET', `${where} is not ${form}: expected ReaL's real.json.`, { file })
}

/** Empty of a file that is too large to be one. */
async function textOf(file: string, where: string): Promise<string> {
  try {
    const { size } = await stat(file)
    return size > mostBytes ? '' : await readFile(file, 'utf8')
  } catch (error) {
    const message = `${where} cannot be read: ${(error as Error).message}. Check the path.`
    throw new IjepaError('ERR_FILE', message, { file }, { cause: error })
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
