/** Pictures that loaders left out, by the names that people know them by. */
import type { Split } from '../dataset'
import type { Loader } from '../native'
import type { LeftOut } from './learner'

/** Names that a warning lists; the report has them all. */
const namedInWarning = 10

/** Each once, in the order of the loaders; one that there is not has left out nothing. */
export function leftOutBy(loaders: readonly (readonly [Loader | undefined, Split | undefined])[]): LeftOut[] {
  const all = loaders.flatMap(([loader, split]) => (loader && split ? namesOfBad(loader, split) : []))
  return [...new Map(all.map((picture) => [picture.file, picture])).values()]
}

function namesOfBad(loader: Loader, split: Split): LeftOut[] {
  return loader.bad().map(({ sample, reason }) => ({ file: split.names[sample] ?? String(sample), reason }))
}

/** Those of `found` that `known` has not, by file. */
export function newlyLeftOut(known: readonly LeftOut[], found: readonly LeftOut[]): LeftOut[] {
  const files = new Set(known.map(({ file }) => file))
  return found.filter(({ file }) => !files.has(file))
}

export function warningOf(leftOut: readonly LeftOut[]): string {
  const named = leftOut.slice(0, namedInWarning).map(({ file, reason }) => `${file}: ${reason}`)
  const more = leftOut.length > namedInWarning ? ` and ${leftOut.length - namedInWarning} more` : ''
  return `${leftOut.length} picture(s) could not be read and are left out: ${named.join('; ')}${more}`
}
