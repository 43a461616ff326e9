/** Class names of another data set of the same classes. */
import { compareCodePoints } from './name-order'

/**
 * What the names mean among `classes`: by `classMap` where it has them; numbers, where every name is one and no class is called
 * so, by index (ImageNet-V2's folders, which sort otherwise than they count).
 */
export function shiftedNames(
  names: readonly string[],
  classes: readonly string[],
  classMap: Readonly<Record<string, string>> = {},
): string[] {
  const mapped = new Map(
    Object.entries(classMap).map(([from, to]) => [from.normalize('NFC'), to.normalize('NFC')]),
  )
  const numbered = byNumber(names, classes)
  return names.map((name, i) => mapped.get(name) ?? numbered?.[i] ?? name)
}

/** As `shiftedNames`, of WordNet ids alone: other classes are matched by name and never by place. */
export function wordNetNames(names: readonly string[], classes: readonly string[]): readonly string[] {
  const areIds = classes.every((name) => /^n\d{8}$/.test(name))
  return (areIds && byNumber(names, classes)) || names
}

/** Numbers are places in the order of the classes: of WordNet ids their own, whatever order was given. */
function byNumber(names: readonly string[], classes: readonly string[]): string[] | undefined {
  const areNumbers = names.every((name) => /^\d+$/.test(name) && Number(name) < classes.length)
  if (!areNumbers || names.some((name) => classes.includes(name))) return undefined
  const areIds = classes.every((name) => /^n\d{8}$/.test(name))
  const order = areIds ? [...classes].sort(compareCodePoints) : classes
  return names.map((name) => order[Number(name)]!)
}
