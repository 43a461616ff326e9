/** Which class each ILSVRC id means: the devkit's data/meta.mat, or its table as a text. */
import { readFile, stat } from 'node:fs/promises'
import { IjepaError } from '../errors'
import { textLines } from './delimited'
import type { LabelledImages } from './label-file'
import { isMatFile, readMatStructs } from './mat-file'
import type { Pace } from './pace'

/** The devkit's has some 100 kB. */
const largestMatFile = 4 << 20

/** @throws ERR_DATASET */
export async function readSynsets(
  where: string,
  source: LabelledImages,
  pace: Pace,
): Promise<Map<number, string>> {
  const { synsets } = source
  const bytes = synsets === undefined ? undefined : await matFile(synsets)
  if (bytes === undefined) return readSynsetLines(where, source, pace)
  const structs = await readMatStructs(bytes, 'synsets', `${where}.synsets: ${JSON.stringify(synsets)}`)
  return new Map(
    structs.flatMap(({ ILSVRC2012_ID: id, WNID: wnid }) =>
      typeof id === 'number' && typeof wnid === 'string' ? [[id, wnid] as const] : [],
    ),
  )
}

/** Undefined of another file, and of one that is much larger than the devkit's. */
async function matFile(file: string): Promise<Uint8Array | undefined> {
  const { size } = await stat(file)
  const bytes = size <= largestMatFile ? await readFile(file) : undefined
  return bytes && isMatFile(bytes) ? bytes : undefined
}

/** 'id wnid …' a line, comma or space between. A list in order of wnid (LOC_synset_mapping.txt) does not tell ILSVRC ids. */
async function readSynsetLines(
  where: string,
  source: LabelledImages,
  pace: Pace,
): Promise<Map<number, string>> {
  const advice =
    "Expected the devkit's data/meta.mat, or lines 'ILSVRC2012_ID WNID' (such as '1 n02119789') as it has them; the order of LOC_synset_mapping.txt is another one."
  if (source.synsets === undefined) {
    throw new IjepaError(
      'ERR_DATASET',
      `${where}.synsets is needed: the labels in ${JSON.stringify(source.labels)} are ILSVRC ids. ${advice}`,
    )
  }
  const wnids = new Map<number, string>()
  for await (const { line, text } of textLines(source.synsets, pace)) {
    const isHeader = line === 1 && !/^\s*(?:\d|n\d{8})/.test(text)
    if (text.trim() === '' || isHeader) continue
    const [, id, wnid] = /^\s*(\d+)[\s,]+(\S+?)(?:[\s,]|$)/.exec(text) ?? []
    if (id === undefined || wnid === undefined) {
      const found = `line ${line} is ${JSON.stringify(text.slice(0, 60))}`
      throw new IjepaError(
        'ERR_DATASET',
        `${where}.synsets: ${JSON.stringify(source.synsets)} ${found}. ${advice}`,
      )
    }
    wnids.set(Number(id), wnid)
  }
  if (wnids.size > 0) return wnids
  throw new IjepaError(
    'ERR_DATASET',
    `${where}.synsets: ${JSON.stringify(source.synsets)} holds no id. ${advice}`,
  )
}
