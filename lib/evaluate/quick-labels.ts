/** The parts of a label-efficiency curve that the quick budget has time for. */
import type { LabelPoint } from './label-points'
import type { QuickChoice } from './quick-budget'

/** A curve has two points at least. */
const fewestPoints = 2

/** The smaller ones, as far as all pictures of all their draws can be encoded. */
export function affordable(points: readonly LabelPoint[], quick?: QuickChoice): readonly LabelPoint[] {
  if (quick === undefined) return points
  const encoded = new Set<number>()
  return points.filter(({ rows }, index) => {
    for (const some of rows) some.forEach((row) => encoded.add(row))
    return index < fewestPoints || encoded.size <= quick.encodedImages
  })
}
