/**
 * CelebA's labels as they are published (Z. Liu et al., "Deep learning face attributes in the wild", ICCV 2015): list_attr_celeba.txt, a
 * line with the number of pictures, one with the names of the attributes, then a picture a line with 1 or -1 for each; and
 * list_eval_partition.txt, which puts it into train (0), validation (1) or test (2).
 */
import { stat } from 'node:fs/promises'
import * as path from 'node:path'
import { IjepaError } from '../errors'
import { textLines } from './delimited'
import type { LabelledImages } from './label-file'
import { some, type Listing, type RowNames, type SplitName } from './listing'
import type { Pace } from './pace'

const partitionName = 'list_eval_partition.txt'
const splits: readonly SplitName[] = ['train', 'validation', 'test']

type Labels = Required<Pick<RowNames, 'className' | 'split' | 'groups'>>

/** Whether it begins as such a list: a number alone on its first line, and words on the second. */
export async function isAttributeList(file: string, pace: Pace): Promise<boolean> {
  for await (const { line, text } of textLines(file, pace)) {
    if (line === 2) return /[a-z]/i.test(text)
    if (!/^\s*\d+\s*$/.test(text)) return false
  }
  return false
}

/**
 * What each picture is: its class by the attribute that `labelColumn` names ('Male' or 'not Male'), its split, and the other attributes
 * as columns of groups.
 */
export async function attributeLabels(
  listing: Listing,
  where: string,
  source: LabelledImages,
  names: readonly string[],
  pace: Pace,
): Promise<(row: number) => Labels> {
  const list = await readAttributes(where, source.labels, pace)
  const label = labelColumn(where, source, list.columns)
  const partition = await readPartition(where, source, pace)
  const rows = names.map((name) => list.rowOf.get(stem(name)))
  refuseMissing(`${where}.labels: ${JSON.stringify(source.labels)} has no attributes`, names, rows)
  const placed = names.map((name) => partition.get(stem(name)))
  refuseMissing(`${where}.splits: ${partitionName} has no part`, names, placed)
  const alone = list.rowOf.size - new Set(rows).size
  if (alone > 0) {
    const message = `${where}: ${alone} of the ${list.rowOf.size} pictures in ${JSON.stringify(source.labels)} are not among the images.`
    listing.warn('labels-without-pictures', message)
  }
  const groups = [...list.columns.keys()].filter((column) => column !== label)
  return (row) => {
    const at = rows[row]!
    return {
      className: list.word(at, label),
      split: placed[row]!,
      groups: Object.fromEntries(groups.map((column) => [list.columns[column]!, list.word(at, column)])),
    }
  }
}

/** A bit for each picture and attribute. */
class AttributeList {
  readonly rowOf = new Map<string, number>()
  private readonly values: Uint8Array
  private readonly words: readonly (readonly [string, string])[]

  constructor(
    readonly columns: readonly string[],
    readonly count: number,
  ) {
    this.values = new Uint8Array(count * columns.length)
    this.words = columns.map((name) => [`not ${name}`, name])
  }

  /** False where there is one of that name. */
  push(name: string, values: readonly string[]): boolean {
    const row = this.rowOf.size
    if (this.rowOf.has(name)) return false
    this.rowOf.set(name, row)
    values.forEach((value, column) => {
      this.values[row * this.columns.length + column] = Number(value === '1')
    })
    return true
  }

  word(row: number, column: number): string {
    return this.words[column]![this.values[row * this.columns.length + column]!]!
  }
}

async function readAttributes(where: string, file: string, pace: Pace): Promise<AttributeList> {
  const { size } = await stat(file)
  let count = 0
  let list: AttributeList | undefined
  for await (const { line, text } of textLines(file, pace)) {
    const fail = (what: string) => fault(`${where}.labels`, file, what, line)
    const words = text.trim().split(/\s+/)
    if (line === 1) count = countOf(text, fail)
    else if (!list)
      list = new AttributeList(columnsOf(words, fail), checkedCount(count, words.length, size, fail))
    else if (text.trim() !== '') pushRow(list, words, fail)
  }
  if (list?.rowOf.size === count) return list
  const found = `it holds ${list?.rowOf.size ?? 0} pictures and says ${count}: it is not whole`
  throw fault(`${where}.labels`, file, found)
}

type Fail = (what: string) => IjepaError

function countOf(text: string, fail: Fail): number {
  if (/^\s*\d{1,9}\s*$/.test(text)) return Number(text)
  throw fail(`expected the number of pictures alone, found ${JSON.stringify(text.slice(0, 60))}`)
}

/** Before room is made for them: each row has a name of one letter at least, and two for each value. */
function checkedCount(count: number, columns: number, size: number, fail: Fail): number {
  if (count > 0 && count * (2 * columns + 1) <= size) return count
  throw fail(
    `${count} pictures of ${columns} attributes are no list of ${size} bytes: its first line is wrong, or it is not whole`,
  )
}

function columnsOf(words: readonly string[], fail: Fail): readonly string[] {
  const twice = words.filter((word, i) => words.indexOf(word) !== i)
  if (twice.length === 0 && words.every((word) => word !== '' && word !== 'label')) return words
  throw fail(`expected names of attributes, each once, found ${some(words)}`)
}

function pushRow(list: AttributeList, [name = '', ...values]: readonly string[], fail: Fail): void {
  if (values.length !== list.columns.length) {
    throw fail(`expected a file's name and ${list.columns.length} values, found ${values.length}`)
  }
  const wrong = values.find((value) => value !== '1' && value !== '-1')
  if (wrong !== undefined) throw fail(`expected 1 or -1, found ${JSON.stringify(wrong.slice(0, 60))}`)
  if (list.rowOf.size === list.count)
    throw fail(`more than the ${list.count} pictures that its first line says`)
  if (!list.push(stem(name), values)) throw fail(`${JSON.stringify(name)} a second time`)
}

function labelColumn(where: string, source: LabelledImages, columns: readonly string[]): number {
  const column = columns.indexOf(source.labelColumn ?? '')
  if (column >= 0) return column
  const found = source.labelColumn === undefined ? 'none' : JSON.stringify(source.labelColumn)
  throw new IjepaError(
    'ERR_DATASET',
    `${where}.labelColumn: expected the attribute that is the class, one of ${columns.join(', ')}, found ${found}.`,
    { file: source.labels, columns },
  )
}

async function readPartition(
  where: string,
  source: LabelledImages,
  pace: Pace,
): Promise<Map<string, SplitName>> {
  const file = source.splits ?? (await findPartition(where, source.labels))
  const partition = new Map<string, SplitName>()
  for await (const { line, text } of textLines(file, pace)) {
    if (text.trim() === '') continue
    const [, name, part] = /^\s*(\S+)\s+([012])\s*$/.exec(text) ?? []
    if (name === undefined) {
      const what = `expected a file's name and 0 (train), 1 (validation) or 2 (test), found ${JSON.stringify(text.slice(0, 60))}`
      throw fault(`${where}.splits`, file, what, line)
    }
    if (partition.has(stem(name)))
      throw fault(`${where}.splits`, file, `${JSON.stringify(name)} a second time`, line)
    partition.set(stem(name), splits[Number(part)]!)
  }
  return partition
}

/** Beside the attributes, or in the folder Eval beside theirs, as the archives of CelebA unpack. */
async function findPartition(where: string, labels: string): Promise<string> {
  const folder = path.dirname(labels)
  const places = [path.join(folder, partitionName), path.join(folder, '..', 'Eval', partitionName)]
  for (const place of places) {
    const stats = await stat(place).catch(() => undefined)
    if (stats?.isFile()) return place
  }
  throw new IjepaError(
    'ERR_FILE',
    `${where}.splits: there is no ${partitionName} at ${places.map((place) => JSON.stringify(place)).join(' or ')}: give its path.`,
    { file: places[0] },
  )
}

function refuseMissing(what: string, names: readonly string[], found: readonly unknown[]): void {
  const missing = names.filter((_, row) => found[row] === undefined)
  if (missing.length === 0) return
  throw new IjepaError(
    'ERR_DATASET',
    `${what} for ${missing.length} of ${names.length} pictures: ${some(missing)}.`,
  )
}

function fault(option: string, file: string, what: string, line?: number): IjepaError {
  const at = line === undefined ? '' : ` line ${line}`
  return new IjepaError('ERR_DATASET', `${option}: ${JSON.stringify(file)}${at}: ${what}.`, { file, line })
}

/** Whatever its ending: the pictures are there as .jpg and as .png. */
const stem = (name: string): string => path.posix.parse(name).name
