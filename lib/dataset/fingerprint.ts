/** A hash that changes when the data set does, and not when it is moved. */
import { createHash } from 'node:crypto'
import { Pace } from './pace'
import { keyOf, type Split } from './split'

/** SHA-256 (hexadecimal) over classes and, split by split, each sample's name within the source, size and label. */
export async function fingerprintOf(
  classes: readonly string[],
  splits: Readonly<Record<string, Split>>,
  pace: Pace,
): Promise<string> {
  const hash = createHash('sha256')
  hash.update(JSON.stringify(classes))
  for (const [name, split] of Object.entries(splits)) {
    hash.update(`\n${name} ${split.names.length}\n`)
    for (let row = 0; row < split.names.length; row++) {
      const labels = split.labelSets?.[row]?.join(',') ?? split.labels[row]
      hash.update(`${JSON.stringify(keyOf(split, row))} ${split.table.length[row]} ${labels}\n`)
      if (pace.due()) await pace.rest()
    }
  }
  return hash.digest('hex')
}

/** Of one split by itself, whatever it is called. */
export function splitFingerprint(
  classes: readonly string[],
  split: Split,
  signal?: AbortSignal,
): Promise<string> {
  return fingerprintOf(classes, { split }, new Pace(signal))
}
