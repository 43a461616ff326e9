/** Several labels a picture, on their way to a session. */
import type { Session } from '../native'

/** The session trains on these classes of each sample, or row of features, from now on. */
export function setLabelSets(session: Session, labelSets: readonly (readonly number[])[]): Promise<void> {
  const offsets = new Int32Array(labelSets.length + 1)
  labelSets.forEach((labels, sample) => (offsets[sample + 1] = offsets[sample]! + labels.length))
  return session.setLabelSets(offsets, Int32Array.from(labelSets.flat()))
}
