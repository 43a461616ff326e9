/**
 * What a classifier gains by not answering when it is unsure: accuracy on the part of the samples that it is surest of
 * (selective classification; Geifman and El-Yaniv, "Selective classification for deep neural networks", 2017).
 */
import type { Rows } from './predictions'

export interface CoveragePoint {
  /** Part of the samples that is answered. */
  readonly coverage: number
  /** The least confidence among them. */
  readonly confidence: number
  readonly accuracy: number
}

/**
 * Accuracy by coverage, from the smallest to all. Among samples of one confidence, of which a coverage takes a part, each counts
 * with that part: the order of the samples changes nothing.
 * @param points how many, at equal distances
 */
export function accuracyByCoverage({ confidence, rank, samples }: Rows, points = 20): CoveragePoint[] {
  const order = Array.from(confidence.keys()).sort((a, b) => confidence[b]! - confidence[a]!)
  const out: CoveragePoint[] = []
  let before = 0 // samples, and right ones, of larger confidence
  let right = 0
  let end = 0 // samples, and right ones, of this or larger confidence
  let rightToEnd = 0
  for (let point = 1; point <= points; point++) {
    const answered = Math.max(1, Math.round((point * samples) / points))
    while (end < answered) {
      before = end
      right = rightToEnd
      const level = confidence[order[before]!]!
      for (; end < samples && confidence[order[end]!] === level; end++) {
        if (rank[order[end]!] === 0) rightToEnd++
      }
    }
    const share = (answered - before) / (end - before)
    out.push({
      coverage: answered / samples,
      confidence: confidence[order[answered - 1]!]!,
      accuracy: (right + share * (rightToEnd - right)) / answered,
    })
  }
  return out
}
