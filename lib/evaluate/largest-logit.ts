/** The class of the largest logit of a row among some classes, ascending; the first of equal ones. */
export function largestLogit(logits: Float32Array, begin: number, among: ArrayLike<number>): number {
  let best = among[0]!
  for (let i = 1; i < among.length; i++) {
    const c = among[i]!
    if (logits[begin + c]! > logits[begin + best]!) best = c
  }
  return best
}
