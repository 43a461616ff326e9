/** Files of Python's torch.save, zip or older: the pickled object, and where each tensor's bytes lie. */
import type { DType } from '../../binding.gyp'
import { type CheckpointFile, formatError, maxHeaderBytes } from './checkpoint-file'
import { readPickle } from './pickle'
import { PickledTensor, type PickledStorage, type PickleValue } from './pickled-values'
import { shown } from './shown'
import { elementBytes, elementCount, type StoredTensor } from './stored-tensor'
import { entryRange, readZipDirectory } from './zip'

export interface TorchFile {
  readonly container: 'zip' | 'legacy'
  readonly root: PickleValue
  /** Where a tensor of `root` lies. ERR_CHECKPOINT_FORMAT when it is strided, or its storage is not what the pickle says. */
  locate(name: string, tensor: PickledTensor): Promise<StoredTensor>
}

type StorageRange = { offset: number; length: number }

const dtypes: Readonly<Record<string, DType>> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ByteStorage: 'U8',
}

/** Reads a file of torch.save since PyTorch 1.6: a zip of `data.pkl` and one entry per storage. */
export async function readZipTorchFile(file: CheckpointFile): Promise<TorchFile> {
  const directory = await readZipDirectory(file)
  const pickles = [...directory.entries.values()].filter(({ name }) => /^[^/]+\/data\.pkl$/.test(name))
  const [pickle] = pickles
  if (pickles.length !== 1 || !pickle)
    throw formatError(
      file.path,
      `expected one folder with data.pkl in the zip, found ${pickles.length}: not a file of torch.save`,
    )
  const folder = pickle.name.slice(0, -'data.pkl'.length)
  const read = async (name: string) => {
    const entry = directory.entries.get(folder + name)
    if (!entry) throw formatError(file.path, `the zip has no entry ${folder}${name}`)
    return entryRange(file, directory, entry)
  }
  if (directory.entries.has(`${folder}byteorder`)) await checkByteOrder(file, await read('byteorder'))
  const { offset, length } = await read('data.pkl')
  const { value: root } = readPickle(file.path, await file.readHeader(offset, length, 'data.pkl'))
  return {
    container: 'zip',
    root,
    locate: (name, tensor) => locate(file, name, tensor, (key) => read(`data/${key}`)),
  }
}

async function checkByteOrder(file: CheckpointFile, range: StorageRange): Promise<void> {
  const order = (await file.readHeader(range.offset, range.length, 'byteorder')).toString('latin1').trim()
  if (order !== 'little')
    throw formatError(file.path, `its byte order is ${JSON.stringify(order)}; only little is read`)
}

/** First bytes of the older container: protocol 2 and its magic number, PyTorch's 0x1950a86a20f9469cfc6c. */
export const legacyMagic = Buffer.from('80028a0a6cfc9c46f9206aa85019', 'hex')

/**
 * Reads a file of torch.save before 1.6: pickles (magic number, protocol, system, object, keys of storages), then each
 * storage as a 64-bit number of elements and the elements.
 */
export async function readLegacyTorchFile(file: CheckpointFile): Promise<TorchFile> {
  const bytes = await file.read(0, Math.min(file.size, maxHeaderBytes), 'the pickles')
  const values: PickleValue[] = []
  let end = 0
  for (let i = 0; i < 5; i++) {
    const pickle = readPickle(file.path, bytes, end)
    values.push(pickle.value)
    end = pickle.end
  }
  const [, protocol, system, root = null, keys] = values
  if (
    protocol !== 1001 ||
    !(system instanceof Map) ||
    system.get('little_endian') !== true ||
    !Array.isArray(keys)
  )
    throw formatError(file.path, 'it is not a little-endian file of torch.save with protocol 1001')
  const storages = await legacyStorages(file, root, keys, end)
  return {
    container: 'legacy',
    root,
    locate: (name, tensor) => locate(file, name, tensor, (key) => Promise.resolve(storages.get(key))),
  }
}

async function legacyStorages(file: CheckpointFile, root: PickleValue, keys: PickleValue[], start: number) {
  const described = describedStorages(root)
  const ranges = new Map<string, StorageRange>()
  let at = start
  for (const key of keys) {
    const storage = described.get(key)
    const dtype = storage && dtypes[storage.type]
    if (!storage || !dtype)
      throw formatError(file.path, `storage ${shown(key)} is of unknown type or in no tensor`)
    const elements = Number((await file.read(at, 8, `the size of storage ${storage.key}`)).readBigInt64LE())
    if (elements !== storage.elements)
      throw formatError(
        file.path,
        `storage ${storage.key} has ${elements} elements, its tensors say ${storage.elements}`,
      )
    const range = { offset: at + 8, length: elements * elementBytes[dtype] }
    if (range.offset + range.length > file.size)
      throw formatError(file.path, `storage ${storage.key} is cut off`)
    ranges.set(storage.key, range)
    at = range.offset + range.length
  }
  return ranges
}

/** All storages reachable from a pickled value, by key; a value that contains itself is walked once. */
function describedStorages(root: PickleValue): Map<PickleValue, PickledStorage> {
  const found = new Map<PickleValue, PickledStorage>()
  const seen = new Set<PickleValue>()
  const waiting = [root]
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (seen.has(value)) continue
    seen.add(value)
    if (value instanceof PickledTensor) found.set(value.storage.key, value.storage)
    else if (Array.isArray(value)) for (const item of value) waiting.push(item)
    else if (value instanceof Map) for (const item of value.values()) waiting.push(item)
  }
  return found
}

async function locate(
  file: CheckpointFile,
  name: string,
  tensor: PickledTensor,
  storageRange: (key: string) => Promise<StorageRange | undefined>,
): Promise<StoredTensor> {
  const { storage, offset, shape } = tensor
  const dtype = dtypes[storage.type]
  if (!dtype)
    throw formatError(file.path, `${name} is a ${storage.type}; read are ${Object.keys(dtypes).join(', ')}`)
  if (!isContiguous(tensor))
    throw formatError(
      file.path,
      `${name} is a strided view [${tensor.strides.join(', ')}]; save it again with .contiguous()`,
    )
  const range = await storageRange(storage.key)
  const bytes = elementBytes[dtype]
  if (range?.length !== storage.elements * bytes)
    throw formatError(
      file.path,
      `storage ${storage.key} of ${name} has ${range?.length ?? 'no'} bytes, expected ${storage.elements * bytes}`,
    )
  const length = elementCount(shape) * bytes
  if (!(offset * bytes + length <= range.length))
    throw formatError(
      file.path,
      `${name} [${shape.join(', ')}] at element ${offset} reaches beyond its storage of ${storage.elements}`,
    )
  return { dtype, shape, range: { file: file.path, offset: range.offset + offset * bytes, length, dtype } }
}

/** Row order without gaps; the stride of a dimension of size 1 means nothing. */
function isContiguous({ shape, strides }: PickledTensor): boolean {
  let expected = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== expected) return false
    expected *= shape[i] as number
  }
  return true
}
