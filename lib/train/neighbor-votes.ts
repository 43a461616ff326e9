/** What votes of neighbours come to as a classifier. */

/** Share of the votes of a class without any; as keepNeighbors() has it. */
const noVotes = 1e-6

/** What a classifier of neighbours gives, but for a number that all classes of a row have in common. */
export const voteLogits = (votes: Float32Array): Float32Array =>
  votes.map((share) => Math.log(share + noVotes))

export interface Voting {
  readonly classes: number
  /** A block of votes each. */
  readonly neighbors: Int32Array
}

/**
 * Mean cross-entropy and top-1 for each number of neighbours; of equal votes the lower class comes first.
 * @param votes [numbers of neighbours, rows, classes]
 */
export function neighborScores(
  votes: Float32Array,
  labels: Int32Array,
  { classes, neighbors }: Voting,
): { loss: number; top1: number }[] {
  return Array.from(neighbors, (_, block) => {
    let [loss, correct] = [0, 0]
    labels.forEach((label, row) => {
      const begin = (block * labels.length + row) * classes
      const own = votes.subarray(begin, begin + classes)
      let [best, sum] = [0, 0]
      for (let i = 0; i < classes; i++) {
        if (own[i]! > own[best]!) best = i
        sum += own[i]! + noVotes
      }
      loss -= Math.log((own[label]! + noVotes) / sum)
      if (best === label) correct++
    })
    return { loss: loss / labels.length, top1: correct / labels.length }
  })
}
