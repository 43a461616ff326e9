/**
 * CIFAR-10 and CIFAR-100 in their binary version: records of label bytes, then 3 × 32 × 32 pixels, channels first
 * (cs.toronto.edu/~kriz/cifar.html); a file by itself, or the folder as it is published.
 */
import { open, readFile, stat } from 'node:fs/promises'
import * as path from 'node:path'
import type { DataOptions } from '../api'
import { IjepaError } from '../errors'
import type { Listing, SplitName } from './listing'
import type { Pace } from './pace'
import { rawChw } from './sample-columns'

const pixels = 3 * 32 * 32

/** Which byte of a record the label is, how many classes there are, and the file of their names beside the data, one a line. */
interface LabelKind {
  readonly at: number
  readonly classes: number
  readonly names: string
}

interface CifarKind {
  readonly labelBytes: 1 | 2
  readonly labels: { readonly fine: LabelKind; readonly coarse?: LabelKind }
  readonly parts: Readonly<Record<'train' | 'test', readonly string[]>>
}

const cifar10: CifarKind = {
  labelBytes: 1,
  labels: { fine: { at: 0, classes: 10, names: 'batches.meta.txt' } },
  parts: { train: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`), test: ['test_batch.bin'] },
}
const cifar100: CifarKind = {
  labelBytes: 2,
  labels: {
    coarse: { at: 0, classes: 20, names: 'coarse_label_names.txt' },
    fine: { at: 1, classes: 100, names: 'fine_label_names.txt' },
  },
  parts: { train: ['train.bin'], test: ['test.bin'] },
}
const kinds = [cifar10, cifar100]

/** Whole records of CIFAR-10 or CIFAR-100, by the file's size. */
export function isCifarSize(size: number): boolean {
  return size > 0 && kinds.some(({ labelBytes }) => size % (pixels + labelBytes) === 0)
}

export interface CifarPart {
  readonly file: string
  /** Absent: the file says nothing of it. */
  readonly split?: SplitName
}

/**
 * The files of a folder as it is published, train's first; none where it is no such folder.
 * @throws ERR_DATASET: some of them are missing, or it is the Python version
 */
export async function cifarParts(folder: string): Promise<CifarPart[]> {
  for (const { parts } of kinds) {
    const files = (['train', 'test'] as const).flatMap((split) =>
      parts[split].map((name) => ({ name, file: path.join(folder, name), split })),
    )
    const sizes = await Promise.all(files.map(({ file }) => sizeOf(file)))
    if (!sizes.some(isCifarSize)) continue
    const missing = files.filter((_, i) => !isCifarSize(sizes[i]!)).map(({ name }) => name)
    if (missing.length === 0) return files
    const what = `it is part of CIFAR's binary version, and ${missing.join(', ')} is missing or not whole: unpack it again, or give its files by name`
    throw fault(folder, what)
  }
  for (const name of ['meta', 'batches.meta']) await refusePickle(path.join(folder, name))
  return []
}

async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch(() => undefined)
  return found?.isFile() ? found.size : 0
}

async function refusePickle(file: string): Promise<void> {
  if ((await sizeOf(file)) === 0) return
  const handle = await open(file, 'r')
  try {
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    if (isPickle(buffer)) throw pickled(file)
  } finally {
    await handle.close()
  }
}

/** By its first two bytes: protocols from 2 on. */
export const isPickle = (head: Uint8Array): boolean => head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5

export const pickled = (file: string): IjepaError =>
  fault(
    file,
    'it is a Python pickle, a program that is not run here. Of CIFAR take the binary version: cifar-100-binary.tar.gz (train.bin, test.bin, fine_label_names.txt, coarse_label_names.txt) or cifar-10-binary.tar.gz',
  )

export interface CifarReading {
  readonly labels?: DataOptions['labels']
  /** Names that are classes: where they are CIFAR-100's coarse ones, these are meant. */
  readonly known?: ReadonlySet<string>
  readonly split?: SplitName
}

/**
 * Appends a CIFAR-10 or CIFAR-100 binary file; class names come from the file beside it, else are numbers.
 * @throws ERR_DATASET: other bytes, or coarse labels of CIFAR-10
 */
export async function listCifar(
  listing: Listing,
  file: string,
  { labels, known, split }: CifarReading,
  pace: Pace,
): Promise<void> {
  const content = await readFile(file)
  const kind = kinds.find((candidate) => holdsRecords(content, candidate))
  if (!kind) throw fault(file, 'its size is that of CIFAR records, but the labels in it are not CIFAR labels')
  const { at, names } = await labelsOf(file, kind, labels, known)
  const record = kind.labelBytes + pixels
  const index = listing.samples.addFile(file)
  const place = `${file}!`
  for (let i = 0; i * record < content.length; i++) {
    if (pace.due()) await pace.rest()
    const label = content[i * record + at]!
    const row = { name: place + i, keyStart: place.length, className: names[label] ?? String(label) }
    const offset = i * record + kind.labelBytes
    const geometry = { format: rawChw, width: 32, height: 32, channels: 3 } as const
    const bytes = { file: index, offset, length: pixels, ...geometry }
    listing.push(split === undefined ? row : { ...row, split }, bytes)
  }
}

function holdsRecords(content: Uint8Array, { labelBytes, labels }: CifarKind): boolean {
  const record = labelBytes + pixels
  if (content.length % record !== 0) return false
  const all = [labels.fine, ...(labels.coarse ? [labels.coarse] : [])]
  for (let begin = 0; begin < content.length; begin += record) {
    if (all.some(({ at, classes }) => content[begin + at]! >= classes)) return false
  }
  return true
}

async function labelsOf(
  file: string,
  { labels }: CifarKind,
  wanted: DataOptions['labels'],
  known: ReadonlySet<string> | undefined,
): Promise<{ at: number; names: string[] }> {
  const named = async (kind: LabelKind) => ({ at: kind.at, names: await readNames(file, kind) })
  const { fine, coarse } = labels
  if (wanted === 'coarse' && !coarse)
    throw fault(
      file,
      "it is CIFAR-10, which has no coarse labels: leave data.labels out, or give CIFAR-100's",
    )
  if (wanted === 'fine' || !coarse) return named(fine)
  const byCoarse = await named(coarse)
  const { names } = byCoarse
  const areMeant = names.length > 0 && names.every((name) => known?.has(name))
  return wanted === 'coarse' || areMeant ? byCoarse : named(fine)
}

async function readNames(beside: string, { names: name, classes }: LabelKind): Promise<string[]> {
  const file = path.join(path.dirname(beside), name)
  const size = await sizeOf(file) // the names are optional
  if (size === 0 || size > 1 << 16) return []
  const names = (await readFile(file, 'utf8')).split(/\r?\n/).filter((line) => line.trim() !== '')
  return names.length === classes ? names : []
}

function fault(file: string, what: string): IjepaError {
  return new IjepaError('ERR_DATASET', `${JSON.stringify(file)}: ${what}.`, { file })
}
