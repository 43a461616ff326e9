/** Reads CSV (RFC 4180: quoted fields, quotes doubled, line breaks inside quotes) and JSON lines, piece by piece. */
import { createReadStream } from 'node:fs'
import { IjepaError } from '../errors'
import type { Pace } from './pace'

/** A line, or a quoted field that never ends, longer than this is a damaged file. */
const longestRecord = 1 << 20

/** UTF-8 text in pieces, without its byte-order mark. */
async function* textOf(file: string, pace: Pace): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const stream = createReadStream(file, { highWaterMark: 1 << 16 })
  try {
    for await (const piece of stream) {
      yield decoder.decode(piece as Buffer, { stream: true })
      if (pace.due()) await pace.rest()
    }
    yield decoder.decode()
  } catch (error) {
    const { code, syscall, message } = error as NodeJS.ErrnoException
    if (syscall !== undefined) {
      const what = `Cannot read ${JSON.stringify(file)}: ${message}. Check the path.`
      throw new IjepaError('ERR_FILE', what, { file }, { cause: error })
    }
    if (code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error
    throw new IjepaError('ERR_DATASET', `${JSON.stringify(file)} is not UTF-8 text: save it as UTF-8.`, {
      file,
    })
  }
}

/** Lines with their number from 1, without their ends. */
export async function* textLines(file: string, pace: Pace): AsyncGenerator<{ line: number; text: string }> {
  let rest = ''
  let line = 0
  for await (const piece of textOf(file, pace)) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop()!
    if (rest.length > longestRecord) throw tooLong(file, line + 1)
    for (const text of lines) yield { line: ++line, text: text.replace(/\r$/, '') }
  }
  if (rest !== '') yield { line: line + 1, text: rest.replace(/\r$/, '') }
}

/** Records of a CSV file with the line on which each begins; empty lines between them are left out. */
export async function* csvRecords(
  file: string,
  pace: Pace,
): AsyncGenerator<{ line: number; fields: string[] }> {
  let record = ''
  let begin = 0
  let open = false
  for await (const { line, text } of textLines(file, pace)) {
    if (!open && text.trim() === '') continue
    record = open ? `${record}\n${text}` : text
    if (!open) begin = line
    if (record.length > longestRecord) throw tooLong(file, begin)
    // Doubled quotes count twice, so an odd number on a line opens or closes a field that spans lines.
    if (hasOddQuotes(text)) open = !open
    if (!open) yield { line: begin, fields: splitFields(file, begin, record) }
  }
  if (open) throw fault(file, begin, 'a quote (") is never closed')
}

function hasOddQuotes(text: string): boolean {
  let odd = false
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) odd = !odd
  return odd
}

function splitFields(file: string, line: number, record: string): string[] {
  const fields: string[] = []
  const field = /(?:\s*"((?:[^"]|"")*)"\s*|([^",]*))(,|$)/y
  for (let more = true; more;) {
    const found = field.exec(record)
    if (!found)
      throw fault(
        file,
        line,
        'a quote (") inside a field that does not begin with one; quote the field and double it',
      )
    fields.push(found[1] !== undefined ? found[1].replaceAll('""', '"') : found[2]!.trim())
    more = found[3] === ','
  }
  return fields
}

function fault(file: string, line: number, what: string): IjepaError {
  return new IjepaError('ERR_DATASET', `${JSON.stringify(file)} line ${line}: ${what}.`, { file, line })
}

function tooLong(file: string, line: number): IjepaError {
  const what = `a record of more than ${longestRecord} characters: no manifest, or a quote (") is not closed`
  return fault(file, line, what)
}
