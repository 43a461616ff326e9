/** Probabilities and rankings of one row of logits. */

/** Softmax in float64, shifted by the largest logit so that nothing overflows. */
export function softmax(logits: ArrayLike<number>): Float64Array {
  let largest = -Infinity
  for (let i = 0; i < logits.length; i++) largest = Math.max(largest, logits[i]!)
  const out = new Float64Array(logits.length)
  let sum = 0
  for (let i = 0; i < logits.length; i++) sum += out[i] = Math.exp(logits[i]! - largest)
  for (let i = 0; i < out.length; i++) out[i] = out[i]! / sum
  return out
}

/** Of one row: softmax, or of several labels the sigmoid of each logit. */
export function probabilitiesOf(logits: Float32Array, multiLabel: boolean): ArrayLike<number> {
  return multiLabel ? logits.map((logit) => 1 / (1 + Math.exp(-logit))) : softmax(logits)
}

/** Indices of the `count` largest values, largest first; of equal ones the lower index first. All of them when fewer. */
export function topK(values: ArrayLike<number>, count: number): number[] {
  const best: number[] = []
  for (let i = 0; i < values.length; i++) {
    if (best.length === count && !(values[i]! > values[best[count - 1]!]!)) continue
    let place = best.length
    while (place > 0 && values[best[place - 1]!]! < values[i]!) place--
    best.splice(place, 0, i)
    if (best.length > count) best.pop()
  }
  return best
}
