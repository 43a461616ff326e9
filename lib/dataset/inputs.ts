/** Pictures without labels, for prediction: a sample table of them, and the pictures of a folder. */
import { stat } from 'node:fs/promises'
import * as path from 'node:path'
import type { SampleTable } from '../../binding.gyp'
import type { ImageInput } from '../api'
import { IjepaError } from '../errors'
import { keepPictures, walkFolder } from './folder'
import type { BadPicture } from './listing'
import { Pace } from './pace'
import { encoded, rawChw, rawHwc, SampleColumns } from './sample-columns'

/** A table of paths, encoded bytes and raw pixels, in the given order, labels -1. ERR_ARGUMENT: none of these. */
export function unlabelled(images: readonly ImageInput[]): SampleTable {
  const columns = new SampleColumns()
  images.forEach((image, i) => pushImage(columns, image, `images[${i}]`))
  return columns.table()
}

/** A table of pictures as a loader gives them: uint8 [3, height, width] each, labels -1. */
export function planarTable(
  pictures: readonly Uint8Array[],
  { height, width }: { height: number; width: number },
): SampleTable {
  const columns = new SampleColumns()
  const shape = { format: rawChw, width, height, channels: 3 } as const
  for (const pixels of pictures)
    columns.push({ file: columns.addFile(pixels), offset: 0, length: pixels.length, ...shape })
  return columns.table()
}

function pushImage(columns: SampleColumns, image: unknown, place: string): void {
  if (typeof image === 'string' && image !== '') {
    columns.push({ file: columns.addFile(image), offset: 0, length: 0, format: encoded })
  } else if (isBytes(image)) {
    if (image.length === 0) throw badInput(place, 'encoded bytes', '0 bytes')
    columns.push({ file: columns.addFile(image), offset: 0, length: image.length, format: encoded })
  } else if (isRawPixels(image)) {
    const { data, width, height, channels } = image
    checkPixels(place, data, [height, width, channels])
    columns.push({
      file: columns.addFile(data),
      offset: 0,
      length: data.length,
      format: rawHwc,
      width,
      height,
      channels,
    })
  } else throw badInput(place, 'a path, encoded bytes, or { data, width, height, channels }', describe(image))
}

type RawPixels = Extract<ImageInput, { data: Uint8Array }>

function isRawPixels(image: unknown): image is RawPixels {
  return typeof image === 'object' && image !== null && 'data' in image && isBytes(image.data)
}

function checkPixels(place: string, data: Uint8Array, shape: readonly [number, number, number]): void {
  const [height, width, channels] = shape
  const isSize = (n: number): boolean => Number.isInteger(n) && n > 0 && n < 2 ** 31
  if (!isSize(height) || !isSize(width) || ![1, 3, 4].includes(channels)) {
    throw badInput(
      place,
      'positive width and height and 1, 3 or 4 channels',
      `${width} × ${height} × ${channels}`,
    )
  }
  const expected = height * width * channels
  if (data.length !== expected) {
    throw badInput(
      place,
      `${width} × ${height} × ${channels} = ${expected} bytes, row by row`,
      `${data.length} bytes`,
    )
  }
}

/** By its tag, since `instanceof` fails for arrays of another realm; a Buffer is one too. */
function isBytes(value: unknown): value is Uint8Array {
  const tag = Object.prototype.toString.call(value)
  return tag === '[object Uint8Array]' || tag === '[object Uint8ClampedArray]'
}

function describe(value: unknown): string {
  return value === '' ? 'an empty path' : Object.prototype.toString.call(value)
}

function badInput(place: string, expected: string, found: string): IjepaError {
  return new IjepaError('ERR_ARGUMENT', `${place}: expected ${expected}, found ${found}.`)
}

export interface ListedImages {
  /** Paths in order of code points, a folder's own before those of its folders. */
  readonly images: string[]
  /** Files with a picture's ending that are none: prediction would fail on them. */
  readonly bad: readonly BadPicture[]
}

/** A file as it is, or the pictures (by their first bytes) of a folder and the folders in it; hidden files are left out. */
export async function listImages(
  fileOrFolder: string,
  options: { signal?: AbortSignal } = {},
): Promise<ListedImages> {
  const stats = await stat(fileOrFolder).catch((cause: Error) => {
    const message = `Cannot read ${JSON.stringify(fileOrFolder)}: ${cause.message}. Check the path.`
    throw new IjepaError('ERR_FILE', message, { file: fileOrFolder }, { cause })
  })
  if (!stats.isDirectory()) return { images: [fileOrFolder], bad: [] }
  const pace = new Pace(options.signal)
  const findings = { skipped: [], bad: [] as BadPicture[] }
  const { names } = await keepPictures(findings, fileOrFolder, await walkFolder(fileOrFolder, pace), pace)
  return { images: names.map((name) => path.join(fileOrFolder, name)), bad: findings.bad }
}
