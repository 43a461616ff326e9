/** A few pictures of many, to look at. */
import { epochOrder } from './random'
import type { Split } from './split'

/**
 * Positions of `count` pictures (or all), by a seeded order: one of each class, then a second one of each, and so on; those of a
 * class stand together.
 */
export function chooseExamples({ labels }: Pick<Split, 'labels'>, count: number, seed: number): Int32Array {
  const rounds: number[][] = [[]]
  const seen = new Map<number, number>()
  for (const position of epochOrder(labels.length, seed, 0)) {
    if (rounds[0]!.length === count) break
    const label = labels[position]!
    const round = seen.get(label) ?? 0
    if (round === count) continue
    seen.set(label, round + 1)
    ;(rounds[round] ??= []).push(position)
  }
  const chosen = rounds.flat().slice(0, count)
  return Int32Array.from(chosen.sort((a, b) => labels[a]! - labels[b]! || a - b))
}
