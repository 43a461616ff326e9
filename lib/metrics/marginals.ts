/**
 * Scores that need only the margins of a confusion matrix: how often each class is true, predicted, and both.
 *
 * Means over classes run over the classes present in the labels. F1 of a class: 2·TP / (true + predicted).
 * Cohen's kappa (1960); Matthews correlation for many classes: J. Gorodkin, "Comparing two K-category assignments by a
 * K-category correlation coefficient", 2004. Both are 0 where undefined (a single class, true or predicted).
 */

export interface Margins {
  /** [C], samples of the class. */
  readonly actual: Float64Array
  /** [C], samples predicted as the class. */
  readonly predicted: Float64Array
  /** [C], samples of the class predicted as the class. */
  readonly correct: Float64Array
}

export interface MarginScores {
  readonly macroF1: number
  readonly weightedF1: number
  readonly meanPerClassAccuracy: number
  readonly cohenKappa: number
  readonly mcc: number
}

export function emptyMargins(classes: number): Margins {
  return {
    actual: new Float64Array(classes),
    predicted: new Float64Array(classes),
    correct: new Float64Array(classes),
  }
}

/** Adds `count` samples of one class that were predicted as another, or the same. */
export function addToMargins(margins: Margins, label: number, predicted: number, count: number): void {
  margins.actual[label] = margins.actual[label]! + count
  margins.predicted[predicted] = margins.predicted[predicted]! + count
  if (label === predicted) margins.correct[label] = margins.correct[label]! + count
}

export function marginScores({ actual, predicted, correct }: Margins): MarginScores {
  let samples = 0
  let hits = 0
  let present = 0
  let f1Sum = 0
  let weightedF1Sum = 0
  let recallSum = 0
  let chance = 0 // Σ actual·predicted
  let actualSquares = 0
  let predictedSquares = 0
  for (let c = 0; c < actual.length; c++) {
    const n = actual[c]!
    const p = predicted[c]!
    predictedSquares += p * p
    if (n === 0) continue
    const f1 = (2 * correct[c]!) / (n + p)
    present++
    samples += n
    hits += correct[c]!
    f1Sum += f1
    weightedF1Sum += n * f1
    recallSum += correct[c]! / n
    chance += n * p
    actualSquares += n * n
  }
  const total = samples * samples
  const covariance = hits * samples - chance
  const spread = Math.sqrt(total - predictedSquares) * Math.sqrt(total - actualSquares)
  return {
    macroF1: f1Sum / present,
    weightedF1: weightedF1Sum / samples,
    meanPerClassAccuracy: recallSum / present,
    cohenKappa: total === chance ? 0 : covariance / (total - chance),
    mcc: spread === 0 ? 0 : covariance / spread,
  }
}
