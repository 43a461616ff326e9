/**
 * Results with a confusion matrix as they cross between threads: the counts in one block. A million numbers in arrays of arrays
 * would hold the event loop of the thread that receives them for a tenth of a second.
 */
import type { Scores } from '../api'
import { analyse, type Analysis, type AnalyseOptions } from './analyse'
import type { Predictions } from './predictions'
import { score } from './score'

export interface CrossingScores extends Omit<Scores, 'confusion'> {
  /** [C · C], row-major. */
  readonly counts: Uint32Array
}

export interface CrossingAnalysis extends Omit<Analysis, 'scores'> {
  readonly scores: CrossingScores
}

/** For a worker: `score`. */
export function scoreToCross(predictions: Predictions): CrossingScores {
  return toCross(score(predictions))
}

/** For a worker: `analyse`. */
export function analysisToCross(predictions: Predictions, options: AnalyseOptions): CrossingAnalysis {
  const { scores, ...analysis } = analyse(predictions, options)
  return { ...analysis, scores: toCross(scores) }
}

function toCross({ confusion, ...scores }: Scores): CrossingScores {
  return { ...scores, counts: Uint32Array.from(confusion.flat()) }
}

export function crossed({ counts, ...scores }: CrossingScores): Scores {
  const classes = Math.sqrt(counts.length)
  const confusion: number[][] = []
  for (let label = 0; label < classes; label++) {
    // Array.from goes through an iterator, which takes ten times as long.
    const row = new Array<number>(classes)
    for (let predicted = 0; predicted < classes; predicted++)
      row[predicted] = counts[label * classes + predicted]!
    confusion.push(row)
  }
  return { ...scores, confusion }
}
