/**
 * A flat folder or tar of pictures with a file of labels beside it, as ImageNet's validation set comes:
 * LOC_val_solution.csv (Kaggle), ILSVRC2012_validation_ground_truth.txt (devkit, with its meta.mat), or a csv of image,label; or as
 * CelebA comes.
 */
import * as path from 'node:path'
import { IjepaError } from '../errors'
import { readArchives } from './archive'
import { attributeLabels, isAttributeList } from './attribute-list'
import { csvRecords, textLines } from './delimited'
import { keepPictures, walkFolder } from './folder'
import { some, type Listing, type RowNames } from './listing'
import type { Pace } from './pace'
import { placesByNumber } from './picture-numbers'
import { readSynsets } from './synsets'

export interface LabelledImages {
  images: string
  labels: string
  synsets?: string
  /** Of a list of attributes: the one that is the class, and the file of splits. */
  labelColumn?: string
  splits?: string
}

type Labels = Pick<RowNames, 'className' | 'split' | 'groups'>

/** Pictures without classes yet. */
interface Unplaced {
  names: string[]
  push(row: number, labels: Labels): void
}

/** Appends pictures with the class that the label file gives each. `isFolder`: what `images` is. */
export async function listLabelled(
  listing: Listing,
  where: string,
  source: LabelledImages,
  isFolder: boolean,
  pace: Pace,
): Promise<void> {
  const pictures = isFolder
    ? await folderPictures(listing, source.images, pace)
    : await tarPictures(listing, source.images, pace)
  if (pictures.names.length === 0) {
    throw new IjepaError('ERR_DATASET', `${where}.images: no pictures in ${JSON.stringify(source.images)}.`)
  }
  const { names } = pictures
  const labelsOf = (await hasAttributes(source, pace))
    ? await attributeLabels(listing, where, source, names, pace)
    : await classesAlone(where, source, names, pace)
  for (let row = 0; row < names.length; row++) {
    if (pace.due()) await pace.rest()
    pictures.push(row, labelsOf(row))
  }
}

/** A list in which an attribute is named as the class is one, whatever it begins with. */
async function hasAttributes({ labels, labelColumn, splits }: LabelledImages, pace: Pace): Promise<boolean> {
  if (/\.csv$/i.test(labels)) return false
  return labelColumn !== undefined || splits !== undefined || (await isAttributeList(labels, pace))
}

async function classesAlone(
  where: string,
  source: LabelledImages,
  names: readonly string[],
  pace: Pace,
): Promise<(row: number) => Labels> {
  const other = (['labelColumn', 'splits'] as const).find((option) => source[option] !== undefined)
  if (other !== undefined) {
    const message = `${where}.${other} is for a list of attributes such as list_attr_celeba.txt, and ${JSON.stringify(source.labels)} is none: leave it out.`
    throw new IjepaError('ERR_DATASET', message, { file: source.labels })
  }
  const classOf = await readLabels(where, source, names, pace)
  return (row) => ({ className: classOf[row]! })
}

async function folderPictures(listing: Listing, root: string, pace: Pace): Promise<Unplaced> {
  const { names, sizes } = await keepPictures(listing, root, await walkFolder(root, pace), pace)
  const keyStart = path.join(root, 'x').length - 1
  return {
    names,
    push(row, labels) {
      const name = path.join(root, names[row]!)
      const file = listing.samples.addFile(name)
      listing.push({ name, keyStart, ...labels }, { file, offset: 0, length: sizes[row]! })
    },
  }
}

async function tarPictures(listing: Listing, tar: string, pace: Pace): Promise<Unplaced> {
  const { names, offsets, sizes } = await readArchives(listing, [tar], pace)
  const file = listing.samples.addFile(tar)
  const keyStart = tar.length + 1
  return {
    names,
    push(row, labels) {
      const name = `${tar}!${names[row]!}`
      listing.push({ name, keyStart, ...labels }, { file, offset: offsets[row]!, length: sizes[row]! })
    },
  }
}

/** The class name of each picture; every picture must have one. */
async function readLabels(
  where: string,
  source: LabelledImages,
  names: readonly string[],
  pace: Pace,
): Promise<string[]> {
  if (!/\.csv$/i.test(source.labels)) return groundTruth(where, source, names, pace)
  const byKey = await readLabelCsv(where, source.labels, pace)
  const classOf = names.map((name) => byKey.get(name) ?? byKey.get(baseName(name)) ?? byKey.get(stem(name)))
  const missing = names.filter((_, row) => classOf[row] === undefined)
  if (missing.length === 0) return classOf as string[]
  throw new IjepaError(
    'ERR_DATASET',
    `${where}.labels: ${JSON.stringify(source.labels)} has no label for ${missing.length} of ${names.length} pictures: ${some(missing)}.`,
  )
}

/** Columns image,label, or Kaggle's ImageId,PredictionString, whose first word is the class ('n01440764 85 1 499 272'). */
async function readLabelCsv(where: string, file: string, pace: Pace): Promise<Map<string, string>> {
  const byKey = new Map<string, string>()
  let columns: { image: number; label: number; kaggle: boolean } | undefined
  for await (const { line, fields } of csvRecords(file, pace)) {
    if (!columns) {
      columns = labelColumns(where, file, fields)
      continue
    }
    const label = fields[columns.label] ?? ''
    const className = columns.kaggle ? label.split(' ', 1)[0]! : label
    if (className === '') {
      throw new IjepaError(
        'ERR_DATASET',
        `${where}.labels: ${JSON.stringify(file)} line ${line}: no class name.`,
      )
    }
    byKey.set(fields[columns.image] ?? '', className)
  }
  return byKey
}

function labelColumns(
  where: string,
  file: string,
  header: string[],
): { image: number; label: number; kaggle: boolean } {
  if (header.includes('image') && header.includes('label')) {
    return { image: header.indexOf('image'), label: header.indexOf('label'), kaggle: false }
  }
  if (header.includes('ImageId') && header.includes('PredictionString')) {
    return { image: header.indexOf('ImageId'), label: header.indexOf('PredictionString'), kaggle: true }
  }
  throw new IjepaError(
    'ERR_DATASET',
    `${where}.labels: ${JSON.stringify(file)} line 1: expected the columns image,label or ImageId,PredictionString, found ${some(header)}.`,
  )
}

/** Line i is the ILSVRC id of picture i: by the number at the end of its name, or else in order of the names. */
async function groundTruth(
  where: string,
  source: LabelledImages,
  names: readonly string[],
  pace: Pace,
): Promise<string[]> {
  const ids: number[] = []
  for await (const { line, text } of textLines(source.labels, pace)) {
    if (text.trim() === '') continue
    if (!/^\s*\d+\s*$/.test(text)) throw notGroundTruth(where, source.labels, line, text)
    ids.push(Number(text))
  }
  if (ids.length !== names.length) {
    throw new IjepaError(
      'ERR_DATASET',
      `${where}.labels: ${JSON.stringify(source.labels)} has ${ids.length} lines for ${names.length} pictures: expected one line each.`,
    )
  }
  const wnids = await readSynsets(where, source, pace)
  const lineOf = linesOfPictures(names)
  return names.map((_, row) => {
    const wnid = wnids.get(ids[lineOf[row]!]!)
    if (wnid !== undefined) return wnid
    throw new IjepaError(
      'ERR_DATASET',
      `${where}.synsets: no class for the id ${ids[lineOf[row]!]} of ${names[row]}.`,
    )
  })
}

function linesOfPictures(names: readonly string[]): number[] {
  const numbers = placesByNumber(names)
  const exact = new Set(numbers).size === names.length && numbers.every((n) => n >= 0 && n < names.length)
  if (exact) return numbers
  const rows = [...names.keys()].sort((a, b) => (names[a]! < names[b]! ? -1 : 1))
  const lineOf = new Array<number>(names.length)
  rows.forEach((row, line) => (lineOf[row] = line))
  return lineOf
}

function notGroundTruth(where: string, file: string, line: number, text: string): IjepaError {
  return new IjepaError(
    'ERR_DATASET',
    `${where}.labels: ${JSON.stringify(file)} line ${line}: expected one ILSVRC id, found ${JSON.stringify(text.slice(0, 60))}; other lists of labels are read as .csv with the columns image,label.`,
  )
}

function baseName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

function stem(name: string): string {
  return baseName(name).replace(/\.[^.]*$/, '')
}
