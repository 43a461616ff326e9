/** Class names of another data set of the same classes. */

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
  const areNumbers = names.every((name) => /^\d+$/.test(name) && Number(name) < classes.length)
  const byIndex = areNumbers && !names.some((name) => classes.includes(name))
  return names.map((name) => mapped.get(name) ?? (byIndex ? classes[Number(name)]! : name))
}
