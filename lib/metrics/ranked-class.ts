/** The samples in order of one class' scores: average precision of all of them, or of a bootstrap's draw, without sorting again. */

export class RankedClass {
  /** Rows, highest score first. */
  private readonly order: Uint32Array
  /** 1 at the last row of each run of equal scores, in that order: they are one threshold. */
  private readonly ends: Uint8Array
  /** In that order. */
  private readonly isThere: Uint8Array

  /** @param isThere 1 where the sample has the class */
  constructor(scores: Float32Array, isThere: Uint8Array) {
    this.order = Uint32Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]!)
    const { order } = this
    this.ends = Uint8Array.from(order, (row, place) => Number(scores[row] !== scores[order[place + 1] ?? -1]))
    this.isThere = Uint8Array.from(order, (row) => isThere[row]!)
  }

  /**
   * Σ (recall − recall before) · precision over the thresholds, from the highest score down, as scikit-learn's
   * `average_precision_score`; undefined where no sample has the class.
   * @param counts how often each row counts; absent: once
   */
  averagePrecision(counts?: Uint16Array): number | undefined {
    const { order, ends, isThere } = this
    let hits = 0
    let before = 0
    let seen = 0
    let sum = 0
    for (let place = 0; place < order.length; place++) {
      const times = counts === undefined ? 1 : counts[order[place]!]!
      seen += times
      if (isThere[place] === 1) hits += times
      if (ends[place] === 0 || hits === before) continue
      sum += (hits - before) * (hits / seen)
      before = hits
    }
    return hits === 0 ? undefined : sum / hits
  }
}
