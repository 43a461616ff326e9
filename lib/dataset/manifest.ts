/**
 * Manifests: .csv with a header (image,label[,split][,group columns…]) or as it was published (Waterbirds' metadata.csv), .jsonl of the
 * same keys, arrays of samples.
 */
import * as path from 'node:path'
import type { Sample } from '../api'
import { IjepaError } from '../errors'
import { csvRecords, textLines } from './delimited'
import { putAside, some, type Listing, type SplitName } from './listing'
import type { Pace } from './pace'
import { probeFiles } from './probe'
import { publishedManifest } from './published-manifest'

const splitWords: ReadonlyMap<string, SplitName> = new Map([
  ['train', 'train'],
  ['val', 'validation'],
  ['valid', 'validation'],
  ['validation', 'validation'],
  ['test', 'test'],
])

/** What one line says; `groups`: the columns beside image, label and split. */
interface Line {
  image: string
  label: string
  /** Beside the first one, where the line has a list of labels. */
  otherLabels: readonly string[] | undefined
  split: SplitName
  groups: Record<string, string>
}

/** Lines in columns until their files have been looked at. */
class Lines {
  readonly files: string[] = []
  readonly labels: string[] = []
  readonly otherLabels: (readonly string[] | undefined)[] = []
  readonly splits: SplitName[] = []
  readonly groups: Record<string, string>[] = []
  private readonly folder: string

  constructor(folder: string) {
    this.folder = path.resolve(folder)
  }

  push(line: Line): void {
    this.files.push(path.resolve(this.folder, line.image))
    this.labels.push(line.label)
    this.otherLabels.push(line.otherLabels)
    this.splits.push(line.split)
    this.groups.push(line.groups)
  }

  async listInto(listing: Listing, pace: Pace): Promise<void> {
    const { sizes, rejects } = await probeFiles(this.files, pace, true)
    const inside = this.folder.endsWith(path.sep) ? this.folder : this.folder + path.sep
    for (let i = 0; i < this.files.length; i++) {
      if (pace.due()) await pace.rest()
      const name = this.files[i]!
      const reject = rejects.get(i)
      if (reject) {
        putAside(listing, name, reject)
        continue
      }
      const keyStart = name.startsWith(inside) ? inside.length : 0
      const row = {
        name,
        keyStart,
        className: this.labels[i]!,
        otherClasses: this.otherLabels[i],
        split: this.splits[i]!,
        groups: this.groups[i]!,
      }
      listing.push(row, { file: listing.samples.addFile(name), offset: 0, length: sizes[i]! })
    }
  }
}

/** Appends a manifest's pictures; paths in it are relative to its own folder. */
export async function listManifest(listing: Listing, where: string, file: string, pace: Pace): Promise<void> {
  const lines = new Lines(path.dirname(file))
  const source = /\.csv$/i.test(file) ? csvLines(file, where, pace) : jsonLines(file, where, pace)
  for await (const line of source) lines.push(line)
  if (lines.files.length === 0) {
    throw new IjepaError('ERR_DATASET', `${where}: the manifest ${JSON.stringify(file)} names no pictures.`, {
      file,
    })
  }
  await lines.listInto(listing, pace)
}

/** Appends samples given in memory; paths are relative to the working directory. */
export async function listSamples(
  listing: Listing,
  where: string,
  samples: readonly Sample[],
  pace: Pace,
): Promise<void> {
  const lines = new Lines('.')
  for (const [i, sample] of samples.entries()) {
    const place = `${where}[${i}]`
    const { image, label, group } = sample
    lines.push({
      image: imagePath(place, image),
      ...classNames(place, label),
      split: 'whole',
      groups: { ...group },
    })
    if (pace.due()) await pace.rest()
  }
  await lines.listInto(listing, pace)
}

async function* csvLines(file: string, where: string, pace: Pace): AsyncGenerator<Line> {
  let header: string[] | undefined
  let toRecord: ReturnType<typeof publishedManifest>
  for await (const { line, fields } of csvRecords(file, pace)) {
    if (!header) {
      toRecord = publishedManifest(fields)
      header = toRecord ? fields : checkHeader(file, where, fields)
      continue
    }
    if (fields.length !== header.length) {
      throw new IjepaError(
        'ERR_DATASET',
        `${JSON.stringify(file)} line ${line}: expected ${header.length} fields (${header.join(', ')}), found ${fields.length}.`,
        { file, line },
      )
    }
    const record = Object.fromEntries(header.map((column, i) => [column, fields[i]!]))
    yield toLine(`${where}: ${JSON.stringify(file)} line ${line}`, toRecord?.(record) ?? record)
  }
}

function checkHeader(file: string, where: string, header: string[]): string[] {
  const twice = header.filter((column, i) => header.indexOf(column) !== i)
  if (header.includes('image') && header.includes('label') && twice.length === 0) return header
  throw new IjepaError(
    'ERR_DATASET',
    `${where}: ${JSON.stringify(file)} line 1: expected a header with the columns image and label, each name once, found ${some(header)}.`,
    { file },
  )
}

async function* jsonLines(file: string, where: string, pace: Pace): AsyncGenerator<Line> {
  for await (const { line, text } of textLines(file, pace)) {
    if (text.trim() !== '')
      yield toLine(`${where}: ${JSON.stringify(file)} line ${line}`, parseObject(file, line, text))
  }
}

function parseObject(file: string, line: number, text: string): Record<string, unknown> {
  const value = tryParse(text)
  if (typeof value === 'object' && value !== null && 'image' in value) return value
  throw new IjepaError(
    'ERR_DATASET',
    `${JSON.stringify(file)} line ${line}: expected an object such as {"image": "cat/1.jpg", "label": "cat"}, found ${text.slice(0, 60)}.`,
    { file, line },
  )
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the caller says what was expected
  }
}

function toLine(place: string, record: Record<string, unknown>): Line {
  const { image, label, split, ...rest } = record
  const groups: Record<string, string> = {} // null and nested values group nothing
  for (const [column, value] of Object.entries(rest)) {
    if (typeof value === 'string') groups[column] = value
    else if (typeof value === 'number' || typeof value === 'boolean') groups[column] = String(value)
  }
  return {
    image: imagePath(place, image),
    ...classNames(place, label),
    split: splitOf(place, split),
    groups,
  }
}

function imagePath(place: string, image: unknown): string {
  if (typeof image !== 'string' || image === '') {
    throw new IjepaError('ERR_DATASET', `${place}: expected a path in image, found ${JSON.stringify(image)}.`)
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(image)) {
    throw new IjepaError(
      'ERR_DATASET',
      `${place}: ${image} is an address; only files are read: download it first.`,
    )
  }
  return image
}

/** One label, or a list of them, each once. */
function classNames(place: string, label: unknown): Pick<Line, 'label' | 'otherLabels'> {
  if (!Array.isArray(label)) return { label: className(place, label), otherLabels: undefined }
  const [first, ...others] = new Set(label.map((name) => className(place, name)))
  if (first !== undefined) return { label: first, otherLabels: others }
  throw new IjepaError('ERR_DATASET', `${place}: expected at least one class name in label, found [].`)
}

function className(place: string, label: unknown): string {
  if (typeof label === 'number' || typeof label === 'boolean') return String(label)
  if (typeof label === 'string' && label !== '') return label
  throw new IjepaError(
    'ERR_DATASET',
    `${place}: expected a class name in label, found ${JSON.stringify(label)}.`,
  )
}

function splitOf(place: string, split: unknown): SplitName {
  if (split === undefined) return 'whole'
  const known = typeof split === 'string' ? splitWords.get(split.toLowerCase()) : undefined
  if (known) return known
  throw new IjepaError(
    'ERR_DATASET',
    `${place}: expected train, validation or test in split, found ${JSON.stringify(split)}.`,
  )
}
