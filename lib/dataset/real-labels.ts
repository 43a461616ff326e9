/**
 * Labels that accept several classes for a picture: real.json of "Are we done with ImageNet?" (Beyer et al. 2020, arXiv:2006.07159),
 * a list for each of ImageNet's validation pictures, in the order of their numbers, of indices of classes in the order of their ids
 * (n01440764 is 0).
 */
import { readFile, stat } from 'node:fs/promises'
import { IjepaError } from '../errors'

/** ReaL's has half a megabyte. */
const mostBytes = 64 << 20

/**
 * The accepted classes of each picture, as numbers in words; none of some. A picture is found by the number at the end of its name
 * (ILSVRC2012_val_00000001.JPEG is the first), else by its place among the names, of which there must then be one for each list.
 * @throws ERR_DATASET
 */
export async function readAcceptedClasses(
  where: string,
  file: string,
  names: readonly string[],
): Promise<(readonly string[])[]> {
  const lists = await readLists(where, file)
  const numbers = names.map((name) => Number(/_(\d{8})\.[^.]+$/.exec(name)?.[1] ?? NaN) - 1)
  const areNumbered = new Set(numbers).size === names.length && numbers.every((n) => n >= 0)
  if (!areNumbered && names.length !== lists.length) {
    const found = `${lists.length} lists for ${names.length} pictures without numbers in their names: expected one each`
    throw new IjepaError('ERR_DATASET', `${where}.labels: ${JSON.stringify(file)} has ${found}.`)
  }
  const places = areNumbered ? numbers : placesByName(names)
  return names.map((name, row) => {
    const list = lists[places[row]!]
    if (list !== undefined) return [...new Set(list.map(String))]
    const message = `${where}.labels: ${JSON.stringify(file)} has ${lists.length} lists, and none for ${name}.`
    throw new IjepaError('ERR_DATASET', message)
  })
}

async function readLists(where: string, file: string): Promise<readonly (readonly number[])[]> {
  const { size } = await stat(file)
  const lists: unknown = size > mostBytes ? undefined : parsed(await readFile(file, 'utf8'))
  const isClass = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0
  if (Array.isArray(lists) && lists.every((list) => Array.isArray(list) && list.every(isClass))) {
    return lists as readonly number[][]
  }
  throw new IjepaError(
    'ERR_DATASET',
    `${where}.labels: ${JSON.stringify(file)} is no list of lists of class indices, such as ReaL's real.json: [[970], [795, 796], [], …].`,
    { file },
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Of each name its place in the order of all. */
export function placesByName(names: readonly string[]): number[] {
  const rows = [...names.keys()].sort((a, b) => (names[a]! < names[b]! ? -1 : 1))
  const places = new Array<number>(names.length)
  rows.forEach((row, place) => (places[row] = place))
  return places
}
