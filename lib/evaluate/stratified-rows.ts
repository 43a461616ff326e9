/** Some of the judged pictures, of every class alike. */
import { epochOrder, openSubset, sequentialOrder, type Split } from '../dataset'
import type { Plan } from '../train'

/** Samples of the split in order: all, or so many at most, by the trainer's seed. */
export async function stratifiedRows(
  { labels, ...split }: Split,
  most: number | null,
  { plan, signal }: { readonly plan: Plan; readonly signal: AbortSignal },
): Promise<Int32Array> {
  const all = labels.length
  if (most === null || most >= all) return sequentialOrder(all)
  const context = { seed: plan.seed, classes: plan.dataset.classes, option: 'maxImages', signal }
  const { rows } = await openSubset({ labels, ...split }, { fraction: most / all }, context)
  if (rows.length <= most) return rows
  const kept = epochOrder(rows.length, plan.seed, 0).subarray(0, most)
  return Int32Array.from(kept, (place) => rows[place]!).sort()
}
