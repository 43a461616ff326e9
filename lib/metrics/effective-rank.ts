/** How many directions singular values spread over. */

/**
 * Roy and Vetterli (2007, "The effective rank"): the exponential of the entropy of the singular values' shares; from 1, where one
 * holds all, to their number, where all are equal. Of nothing but zeros 0.
 */
export function effectiveRank(singularValues: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < singularValues.length; i++) sum += singularValues[i]!
  if (sum === 0) return 0
  let entropy = 0
  for (let i = 0; i < singularValues.length; i++) {
    const share = singularValues[i]! / sum
    if (share > 0) entropy -= share * Math.log(share)
  }
  return Math.exp(entropy)
}
