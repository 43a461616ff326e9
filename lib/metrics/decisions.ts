/** Which classes are claimed of each sample and which are its labels, where it may have several: counts by class, and F1 of them. */

export interface Decisions {
  /** [C], samples that have the class. */
  readonly actual: Float64Array
  /** [C], samples that are said to have it. */
  readonly claimed: Float64Array
  /** [C], both. */
  readonly hits: Float64Array
}

export interface DecisionScores {
  /** Of all decisions together (micro): 2·hits / (actual + claimed); 0 where nothing is there and nothing is claimed. */
  readonly f1: number
  /** Mean over the classes that occur; NaN where none does. */
  readonly macroF1: number
  /** The same, weighted by the samples of each class. */
  readonly weightedF1: number
}

export function noDecisions(classes: number): Decisions {
  return {
    actual: new Float64Array(classes),
    claimed: new Float64Array(classes),
    hits: new Float64Array(classes),
  }
}

/** The logit from which on a class is claimed, for a threshold of its sigmoid from 0 (always) to 1 (never). */
export function logitOf(threshold: number): number {
  return Math.log(threshold / (1 - threshold))
}

export function decisionScores({ actual, claimed, hits }: Decisions): DecisionScores {
  let classes = 0
  let macro = 0
  let weighted = 0
  const sum = (counts: Float64Array): number => counts.reduce((a, b) => a + b, 0)
  const [wanted, claims] = [sum(actual), sum(claimed)]
  for (let c = 0; c < actual.length; c++) {
    const n = actual[c]!
    if (n === 0) continue
    const f1 = (2 * hits[c]!) / (n + claimed[c]!)
    classes++
    macro += f1
    weighted += n * f1
  }
  return {
    f1: wanted + claims === 0 ? 0 : (2 * sum(hits)) / (wanted + claims),
    macroF1: macro / classes,
    weightedF1: weighted / wanted,
  }
}

/** -log p of one decision that is to be made: log(1 + e^-x) for a class that is there, log(1 + e^x) for one that is not. */
export function decisionLoss(logit: number, isThere: boolean): number {
  const margin = isThere ? -logit : logit
  return Math.max(margin, 0) + Math.log1p(Math.exp(-Math.abs(margin)))
}

/** 1 for each class of a row: [rows, classes]. */
export function truthOf(labelSets: readonly (readonly number[])[], classes: number): Uint8Array {
  const truth = new Uint8Array(new SharedArrayBuffer(labelSets.length * classes))
  labelSets.forEach((labels, row) => {
    for (const label of labels) truth[row * classes + label] = 1
  })
  return truth
}
