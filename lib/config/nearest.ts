/** The known name that an unknown one was probably meant to be. */

const letters = (name: string): string => name.toLowerCase().replace(/[_\-\s]/g, '')

/** `lr` for learningRate, `wd` for weightDecay. */
const initials = (name: string): string => name.replace(/(?<!^)[a-z0-9]+|[._\-\s]/g, '').toLowerCase()

/** Levenshtein's distance. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}

/** Of `known`, the name nearest to `name`; undefined when none is near (a third of the letters, at most three, differ). */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const wanted = letters(name)
  if (wanted.length < 3) return known.find((candidate) => initials(candidate) === wanted)
  const near = known
    .map((candidate) => ({ candidate, distance: editDistance(wanted, letters(candidate)) }))
    .filter(({ distance }) => distance <= Math.min(3, Math.ceil(wanted.length / 3)))
  return near.sort((a, b) => a.distance - b.distance)[0]?.candidate
}

/** `, did you mean 'x'?`, or nothing. */
export function suggestion(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known)
  return nearest === undefined ? '' : `, did you mean '${nearest}'?`
}
