/**
 * Arrays of structures in a MATLAB file of version 5 to 7, such as the table of ids in the data/meta.mat of ImageNet's devkit: of
 * each structure the words and single numbers. The format is published as "MAT-File Level 5 File Format" (The MathWorks).
 */
import { promisify } from 'node:util'
import { inflate } from 'node:zlib'
import { IjepaError } from '../errors'

const unpack = promisify(inflate)

/** Unpacked; the devkit's has a megabyte. */
const mostBytes = 32 << 20
const headerBytes = 128

/** Types of data elements, and classes of arrays. */
const [matrix, compressed] = [14, 15] as const
const [structClass, charClass, firstNumber, lastNumber] = [2, 4, 6, 15] as const

export type MatStruct = Readonly<Record<string, string | number>>

export const isMatFile = (head: Uint8Array): boolean =>
  head.length >= headerBytes && Buffer.from(head.subarray(0, 10)).toString('latin1') === 'MATLAB 5.0'

/**
 * The elements of the array of structures that is called `name`, by column; fields that are neither words nor one number are left out.
 * @throws ERR_DATASET: it is damaged, or has no such array
 */
export async function readMatStructs(bytes: Uint8Array, name: string, where: string): Promise<MatStruct[]> {
  const file = new Elements(bytes, where)
  // 'IM' where the bytes of numbers stand in this machine's order, little-endian.
  if (file.text(126, 2) !== 'IM') throw damaged(where, 'it is not of a little-endian machine')
  for (const element of file.within(headerBytes, bytes.length)) {
    const found = element.type === compressed ? await unpacked(file, element, where) : { file, element }
    const structs = found && structsOf(found.file, found.element, name)
    if (structs) return structs
  }
  throw damaged(where, `it has no array of structures called ${name}`)
}

interface Element {
  readonly type: number
  readonly begin: number
  readonly end: number
}

/** Tagged pieces of a buffer; every place is checked. */
class Elements {
  private readonly view: DataView

  constructor(
    private readonly bytes: Uint8Array,
    private readonly where: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  uint32(at: number): number {
    if (at < 0 || at + 4 > this.bytes.length) throw damaged(this.where, 'it ends early')
    return this.view.getUint32(at, true)
  }

  text(begin: number, length: number, encoding: 'latin1' | 'utf8' | 'utf16le' = 'latin1'): string {
    return Buffer.from(this.slice(begin, begin + length)).toString(encoding)
  }

  slice(begin: number, end: number): Uint8Array {
    if (begin > end || end > this.bytes.length) throw damaged(this.where, 'it ends early')
    return this.bytes.subarray(begin, end)
  }

  /** The elements that follow one another from `begin` to `end`. */
  *within(begin: number, end: number): Generator<Element> {
    for (let at = begin; at + 8 <= end;) {
      const tag = this.uint32(at)
      // A small element has its length beside its type, and its data in the place of the length.
      const isSmall = tag > 0xffff
      const length = isSmall ? tag >>> 16 : this.uint32(at + 4)
      const first = at + (isSmall ? 4 : 8)
      if (first + length > end || (isSmall && length > 4)) throw damaged(this.where, 'it ends early')
      const type = isSmall ? tag & 0xffff : tag
      yield { type, begin: first, end: first + length }
      const next = isSmall ? at + 8 : first + length
      at = type === compressed ? next : next + ((8 - ((next - begin) % 8)) % 8)
    }
  }

  /** Numbers of an element, which are stored as narrowly as they fit. */
  numbers({ type, begin, end }: Element): number[] {
    const form = storedNumbers[type]
    if (!form) throw damaged(this.where, `it has numbers of a type (${type}) that is not known`)
    const [size, read] = form
    return Array.from({ length: Math.floor((end - begin) / size) }, (_, i) =>
      read(this.view, begin + i * size),
    )
  }
}

type ReadNumber = (view: DataView, at: number) => number

const storedNumbers: Readonly<Record<number, readonly [bytes: number, read: ReadNumber]>> = {
  1: [1, (view, at) => view.getInt8(at)],
  2: [1, (view, at) => view.getUint8(at)],
  3: [2, (view, at) => view.getInt16(at, true)],
  4: [2, (view, at) => view.getUint16(at, true)],
  5: [4, (view, at) => view.getInt32(at, true)],
  6: [4, (view, at) => view.getUint32(at, true)],
  7: [4, (view, at) => view.getFloat32(at, true)],
  9: [8, (view, at) => view.getFloat64(at, true)],
}

async function unpacked(
  file: Elements,
  { begin, end }: Element,
  where: string,
): Promise<{ file: Elements; element: Element } | undefined> {
  const bytes = await unpack(file.slice(begin, end), { maxOutputLength: mostBytes }).catch(
    (cause: unknown) => {
      throw damaged(where, `it cannot be unpacked (${(cause as Error).message})`)
    },
  )
  const inner = new Elements(bytes, where)
  const [element] = inner.within(0, bytes.length)
  return element && { file: inner, element }
}

/** Flags, dimensions, name, then what the class of the array has. */
function partsOf(file: Elements, { begin, end }: Element): { kind: number; parts: Element[] } {
  const parts = [...file.within(begin, end)]
  const [flags] = parts
  return { kind: flags ? file.uint32(flags.begin) & 0xff : 0, parts }
}

function structsOf(file: Elements, element: Element, name: string): MatStruct[] | undefined {
  if (element.type !== matrix) return undefined
  const { kind, parts } = partsOf(file, element)
  const [, , called, width, fields, ...values] = parts
  if (kind !== structClass || !called || !width || !fields) return undefined
  if (file.text(called.begin, called.end - called.begin) !== name) return undefined
  const names = fieldNames(file, fields, file.uint32(width.begin))
  if (names.length === 0) return undefined
  return Array.from({ length: Math.floor(values.length / names.length) }, (_, row) =>
    Object.fromEntries(
      names.flatMap((field, column) => {
        const value = valueOf(file, values[row * names.length + column]!)
        return value === undefined ? [] : [[field, value] as const]
      }),
    ),
  )
}

/** Of equal width, filled up with zeros. */
function fieldNames(file: Elements, { begin, end }: Element, width: number): string[] {
  const count = width > 0 ? Math.floor((end - begin) / width) : 0
  return Array.from({ length: count }, (_, i) => file.text(begin + i * width, width).replace(/\0[^]*$/, ''))
}

/** Words, or a single number; undefined of all else. */
function valueOf(file: Elements, element: Element): string | number | undefined {
  if (element.type !== matrix) return undefined
  const { kind, parts } = partsOf(file, element)
  const content = parts[3]
  if (!content) return undefined
  if (kind === charClass) return wordsOf(file, content)
  const numbers = kind >= firstNumber && kind <= lastNumber ? file.numbers(content) : []
  return numbers.length === 1 ? numbers[0] : undefined
}

/** Stored as characters, or as codes of one or two bytes. */
const encodings: Readonly<Record<number, 'latin1' | 'utf8' | 'utf16le'>> = {
  1: 'latin1',
  2: 'latin1',
  4: 'utf16le',
  16: 'utf8',
  17: 'utf16le',
}

function wordsOf(file: Elements, { type, begin, end }: Element): string | undefined {
  const encoding = encodings[type]
  return encoding && file.text(begin, end - begin, encoding)
}

function damaged(where: string, what: string): IjepaError {
  return new IjepaError('ERR_DATASET', `${where} cannot be read as a MATLAB file: ${what}.`)
}
