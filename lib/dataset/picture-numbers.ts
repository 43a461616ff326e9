/** ImageNet's held-out pictures are known by the number at the end of their names: ILSVRC2012_val_00000001.JPEG is the first. */

/** Places from 0, NaN for a name without such a number. */
export function placesByNumber(names: readonly string[]): number[] {
  return names.map((name) => Number(/_(\d{8})\.[^./]+$/.exec(name)?.[1] ?? NaN) - 1)
}
