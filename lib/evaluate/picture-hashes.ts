/** Hashes of the judged pictures: what kept results are of. Every set of pictures is read once in an evaluation. */
import { contentFingerprint, subset, type Split } from '../dataset'

export class PictureHashes {
  private readonly known: { readonly samples: Int32Array; readonly hash: Promise<string> }[] = []

  constructor(
    private readonly split: Split,
    private readonly signal: AbortSignal,
  ) {}

  /** Of these samples of the split, in their order. @throws ERR_FILE: a picture cannot be read */
  of(samples: Int32Array): Promise<string> {
    const same = this.known.find((one) => areEqual(one.samples, samples))
    if (same) return same.hash
    const hash = contentFingerprint(subset(this.split, samples).table, { signal: this.signal })
    this.known.push({ samples, hash })
    return hash
  }
}

function areEqual(one: Int32Array, other: Int32Array): boolean {
  return one.length === other.length && one.every((sample, i) => sample === other[i])
}
