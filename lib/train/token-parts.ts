/** Tokens of a whole split in the cache: the parts that are there, and the rest computed now, part by part. */
import type { Split } from '../dataset'
import type { Loader, Session } from '../native'
import { isFileError, partSamples } from './encode-split'
import type { FeatureParts, UnreadSample } from './feature-cache'
import type { Preparation } from './prefix-cache'
import type { RowOfSample } from './token-updates'

export interface TokenPartsOptions {
  readonly session: Session
  /** Blocks of the encoder. */
  readonly depth: number
  readonly split: Split
  /** Of the split, in batches that make up a part. */
  readonly loader: Loader
  /** Of augmented pictures the number of the view. */
  readonly view: number
  readonly parts: FeatureParts
  /** Files whose bytes were looked at, or written, before; those of this call are added. */
  readonly checked: Set<string>
  readonly preparation: Preparation
  readonly warn: (message: string) => void
}

/** Opens all of them in the session, which has none open: row of each sample, and what could not be read. */
export async function openTokenParts(
  options: TokenPartsOptions,
): Promise<{ rowOf: RowOfSample; unread: readonly UnreadSample[] }> {
  const { split, preparation } = options
  const total = split.labels.length
  const rowOf = new Map<number, number>()
  const unread: UnreadSample[] = []
  for (let begin = 0; begin < total; begin += partSamples) {
    preparation.signal?.throwIfAborted()
    const part = { number: begin / partSamples, begin, count: Math.min(partSamples, total - begin) }
    const found = (await restore(part, options)) ?? (await compute(part, options))
    for (const sample of found.samples) rowOf.set(sample, rowOf.size)
    unread.push(...found.unread)
  }
  return { rowOf, unread }
}

interface Part {
  readonly number: number
  /** First sample, and how many. */
  readonly begin: number
  readonly count: number
}

interface OpenedPart {
  readonly samples: Int32Array
  readonly unread: readonly UnreadSample[]
}

/** Undefined where it is not there. A damaged one is removed, with a warning. */
async function restore(
  { number, count }: Part,
  { parts, warn, ...options }: TokenPartsOptions,
): Promise<OpenedPart | undefined> {
  if (!parts.has(number)) return undefined
  try {
    const unread = await parts.readUnread(number)
    return { samples: await open(parts.path(number), count - unread.length, options), unread }
  } catch (error) {
    if (!isFileError(error)) throw error
    warn(`${error.message}: ${count} pictures are encoded again`)
    await parts.remove(number)
    return undefined
  }
}

async function compute({ number, begin, count }: Part, options: TokenPartsOptions): Promise<OpenedPart> {
  const { session, depth, split, loader, view, parts, checked, preparation } = options
  const total = split.labels.length
  const path = parts.path(number)
  const order = Int32Array.from({ length: count }, (_, i) => begin + i)
  loader.start(order, view)
  await session.createTokens(path, depth, false)
  let rows = 0
  for (;;) {
    const batch = await session.cancellable(preparation.signal, () => session.appendTokens(loader))
    if (batch.length === 0) break
    rows += batch.length
    preparation.emit({ type: 'evaluate', suite: 'frozen blocks', done: begin + rows, total })
  }
  const unread = loader.bad().filter(({ sample }) => sample >= begin && sample < begin + count)
  if (rows === 0) return { samples: new Int32Array(), unread } // a file has at least one
  await parts.writeUnread(number, unread)
  await session.commitTokens()
  checked.add(path)
  return { samples: await open(path, rows, options), unread }
}

async function open(
  path: string,
  rows: number,
  { session, split, checked, preparation }: Omit<TokenPartsOptions, 'parts' | 'warn'>,
): Promise<Int32Array> {
  const reading = { rows, labels: split.labels, isChecked: checked.has(path) }
  const samples = await session.cancellable(preparation.signal, () => session.openTokens(path, reading))
  checked.add(path)
  return samples
}
