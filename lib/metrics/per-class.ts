/** One row a class, and which classes are taken for which. */
import { wilsonInterval, type Interval } from './intervals'

export interface ClassScores {
  readonly class: number
  readonly samples: number
  /** How often the class was predicted, rightly or not. */
  readonly predicted: number
  /** Share of the class's samples that were recognised, its accuracy; absent without samples, as the interval. */
  readonly recall?: number
  readonly recallInterval?: Interval
  /** Share of predictions of the class that were right; absent when it was never predicted. */
  readonly precision?: number
  /** Absent without samples. */
  readonly f1?: number
}

export interface ConfusedPair {
  readonly label: number
  readonly predicted: number
  readonly count: number
  /** Samples of the class `label`. */
  readonly of: number
}

/** @param confusion [C][C], rows the true class */
export function perClass(confusion: readonly (readonly number[])[]): ClassScores[] {
  const predicted = new Float64Array(confusion.length)
  for (const row of confusion) row.forEach((count, c) => (predicted[c] = predicted[c]! + count))
  return confusion.map((row, c) => {
    const samples = row.reduce((a, b) => a + b, 0)
    const correct = row[c]!
    const asked = predicted[c]!
    return {
      class: c,
      samples,
      predicted: asked,
      ...(asked > 0 ? { precision: correct / asked } : {}),
      ...(samples > 0
        ? {
            recall: correct / samples,
            recallInterval: wilsonInterval(correct, samples),
            f1: (2 * correct) / (samples + asked),
          }
        : {}),
    }
  })
}

/** The pairs of different classes that were confused most, most first (then by class), each at least `least` times. */
export function confusedPairs(
  confusion: readonly (readonly number[])[],
  limit = 10,
  least = 1,
): ConfusedPair[] {
  const pairs: ConfusedPair[] = []
  for (const [label, row] of confusion.entries()) {
    const of = row.reduce((a, b) => a + b, 0)
    for (const [predicted, count] of row.entries()) {
      if (predicted !== label && count >= least) pairs.push({ label, predicted, count, of })
    }
  }
  pairs.sort((a, b) => b.count - a.count || a.label - b.label || a.predicted - b.predicted)
  return pairs.slice(0, limit)
}
