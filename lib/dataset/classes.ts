/** The order of classes, and their matching by name: between splits, and with classes fixed before. */
import { IjepaError } from '../errors'
import { some } from './listing'
import { compareCodePoints } from './name-order'

/** Names in NFC, each once, by code points, as Python's `sorted` and so torchvision's ImageFolder. */
export function orderClasses(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => name.normalize('NFC')))].sort(compareCodePoints)
}

/** Checks a list of classes given by the user; its order is kept. */
export function checkGivenClasses(classes: readonly string[]): string[] {
  const names = classes.map((name) => name.normalize('NFC'))
  const twice = names.filter((name, i) => names.indexOf(name) !== i)
  if (twice.length === 0 && names.every((name) => name !== '')) return names
  throw new IjepaError(
    'ERR_DATASET',
    `data.classes: expected each name once and none empty, found ${some(twice.length > 0 ? twice : [''])} again.`,
  )
}

/** Refuses classes that differ only in case or white space: mostly one class whose folder was misspelt. */
export function refuseNearlyEqual(classes: readonly string[], option: string): void {
  const pairs = new Map<string, string[]>()
  for (const name of classes) pairs.set(folded(name), [...(pairs.get(folded(name)) ?? []), name])
  const close = [...pairs.values()].filter((names) => names.length > 1)
  if (close.length === 0) return
  throw new IjepaError(
    'ERR_DATASET',
    `${option}: these class names differ only in case or white space: ${close.map((names) => names.map((n) => JSON.stringify(n)).join(' and ')).join('; ')}. Merge or rename them, or list both in data.classes if they are meant.`,
    { names: close },
  )
}

/**
 * Index in `classes` of each name; names that are not there are refused together, with the nearly equal class beside each.
 */
export function matchClasses(
  names: readonly string[],
  classes: readonly string[],
  option: string,
): Int32Array {
  const indexOf = new Map(classes.map((name, i) => [name, i]))
  const closest = new Map(classes.map((name) => [folded(name), name]))
  const unknown = names.filter((name) => !indexOf.has(name))
  if (unknown.length > 0) {
    const described = unknown.slice(0, 20).map((name) => {
      const near = closest.get(folded(name))
      return near === undefined
        ? JSON.stringify(name)
        : `${JSON.stringify(name)} (there is ${JSON.stringify(near)})`
    })
    const more = unknown.length > 20 ? ` and ${unknown.length - 20} more` : ''
    throw new IjepaError(
      'ERR_DATASET',
      `${option}: ${unknown.length} class name(s) that are not among the ${classes.length} classes: ${described.join(', ')}${more}. Classes are matched by name: rename or remove them. The classes are ${some(classes, 20)}.`,
      { unknown, classes },
    )
  }
  return Int32Array.from(names, (name) => indexOf.get(name)!)
}

function folded(name: string): string {
  return name.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()
}
