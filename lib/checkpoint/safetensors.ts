/**
 * The safetensors format: 8 bytes of header length, a JSON header, then the tensors one after another.
 * Source: https://github.com/huggingface/safetensors, "Format".
 */
import type { DType } from '../../binding.gyp'
import { IjepaError } from '../errors'
import { CheckpointFile, formatError } from './checkpoint-file'
import { shown } from './shown'
import { elementBytes, elementCount, isDType, type StoredTensor } from './stored-tensor'

export interface SafetensorsFile {
  readonly tensors: Map<string, StoredTensor>
  readonly metadata: Readonly<Record<string, string>>
}

/** Reads the header alone. ERR_CHECKPOINT_FORMAT when it is malformed or does not describe the whole file. */
export function readSafetensors(path: string): Promise<SafetensorsFile> {
  return CheckpointFile.with(path, async (file) => {
    const lengthBytes = await file.read(0, 8, 'the safetensors header length')
    const header = await file.readHeader(8, Number(lengthBytes.readBigUInt64LE()), 'the safetensors header')
    const { __metadata__: metadata = {}, ...entries } = parseHeader(path, header)
    const start = 8 + header.length
    const tensors = Object.entries(entries).map(([name, entry]) => checkedTensor(path, name, entry, start))
    checkCoverage(path, tensors, start, file.size)
    return { tensors: new Map(tensors), metadata: checkedMetadata(path, metadata) }
  })
}

/**
 * Header of a file whose tensors follow in the given order: length and JSON, padded with spaces to a multiple of 8 bytes.
 * Equal arguments give equal bytes.
 */
export function safetensorsHeader(
  tensors: readonly { name: string; dtype: DType; shape: readonly number[] }[],
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  const header = new Map<string, unknown>(metadata ? [['__metadata__', metadata]] : [])
  let end = 0
  for (const { name, dtype, shape } of tensors) {
    if (header.has(name) || name === '__metadata__')
      throw new IjepaError('ERR_ARGUMENT', `Expected every tensor once, got ${name} twice or reserved`)
    const begin = end
    end += elementCount(shape) * elementBytes[dtype]
    header.set(name, { dtype, shape, data_offsets: [begin, end] })
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)))
  const bytes = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ')
  bytes.writeBigUInt64LE(BigInt(bytes.length - 8))
  json.copy(bytes, 8)
  return bytes
}

function parseHeader(path: string, bytes: Buffer): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (isRecord(header)) return header
  } catch (cause) {
    throw formatError(path, 'the safetensors header is not JSON in UTF-8', cause)
  }
  throw formatError(path, 'the safetensors header is no JSON object')
}

function checkedTensor(path: string, name: string, entry: unknown, start: number): [string, StoredTensor] {
  const { dtype, shape, data_offsets: offsets } = isRecord(entry) ? entry : {}
  if (!isDType(dtype))
    throw formatError(
      path,
      `${shown(name)} has dtype ${shown(dtype)}; read are ${Object.keys(elementBytes).join(', ')}`,
    )
  if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2)
    throw formatError(path, `${shown(name)} has no valid shape and data_offsets`)
  const [begin, end] = offsets as [number, number]
  if (elementCount(shape) * elementBytes[dtype] !== end - begin)
    throw formatError(
      path,
      `${shown(name)}: ${dtype} [${shape.join(', ')}] does not fill bytes ${begin} to ${end}`,
    )
  return [name, { dtype, shape, range: { file: path, offset: start + begin, length: end - begin, dtype } }]
}

/** The format's rule: the tensors cover all bytes after the header, without holes and without overlap. */
function checkCoverage(path: string, tensors: [string, StoredTensor][], start: number, size: number): void {
  const ranges = tensors.map(([name, { range }]) => ({ name, ...range }))
  ranges.sort((a, b) => a.offset - b.offset || a.length - b.length)
  let end = start
  for (const range of ranges) {
    if (range.offset !== end)
      throw formatError(
        path,
        `${shown(range.name)} begins at byte ${range.offset}, expected ${end}: tensors overlap or leave holes`,
      )
    end += range.length
  }
  if (end !== size)
    throw formatError(
      path,
      `its tensors end at byte ${end}, the file at ${size}: is it whole? Copy or download it again`,
    )
}

function checkedMetadata(path: string, metadata: unknown): Record<string, string> {
  if (isRecord(metadata) && Object.values(metadata).every((value) => typeof value === 'string'))
    return metadata as Record<string, string>
  throw formatError(path, '__metadata__ of the safetensors header is no object of texts')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isSizes(value: unknown): value is number[] {
  return (
    Array.isArray(value) &&
    value.length <= 16 &&
    value.every((size) => Number.isSafeInteger(size) && size >= 0)
  )
}
