/** What a checkpoint's files hold, whatever their container: tensors by name, and what is said beside them. */
import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { IjepaError } from '../errors'
import { CheckpointFile, formatError, maxHeaderBytes } from './checkpoint-file'
import { PickledTensor, type PickleValue } from './pickled-values'
import { readSafetensors } from './safetensors'
import { shown } from './shown'
import type { StoredTensor } from './stored-tensor'
import { legacyMagic, readLegacyTorchFile, readZipTorchFile, type TorchFile } from './torch-file'

export type EncoderChoice = 'target_encoder' | 'encoder'

export interface ModelFiles {
  readonly format: string
  /** Which encoder it is; undefined where the file does not say. */
  readonly weights?: string
  /** One encoder's tensors, and what else lies beside them in the same state dict. */
  readonly tensors: ReadonlyMap<string, StoredTensor>
  readonly metadata: Readonly<Record<string, string>>
  /** config.json and preprocessor_config.json of a Hugging Face folder. */
  readonly config?: JsonFile
  readonly preprocessor?: JsonFile
  /** Scalars beside the state dicts of the official layout: epoch, loss, … */
  readonly training?: Readonly<Record<string, number>>
}

export interface JsonFile {
  readonly file: string
  readonly json: Readonly<Record<string, unknown>>
}

/** Recognises the container by its first bytes, never by its ending. */
export async function readModelFiles(path: string, choice: EncoderChoice): Promise<ModelFiles> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new IjepaError('ERR_FILE', `${path} cannot be opened: ${cause.code}`, { file: path }, { cause })
  })
  if (found.isDirectory()) return readFolder(path)
  const start = await CheckpointFile.with(path, (file) =>
    file.read(0, Math.min(file.size, 16), 'the first bytes'),
  )
  if (start.toString('latin1', 0, 4) === 'PK\x03\x04') return readTorch(path, choice, readZipTorchFile)
  if (start.subarray(0, legacyMagic.length).equals(legacyMagic))
    return readTorch(path, choice, readLegacyTorchFile)
  if (start[8] === 0x7b) return { format: 'safetensors', ...stated(await readSafetensors(path)) }
  throw formatError(
    path,
    'expected a file of torch.save (.pth.tar), a .safetensors file or a Hugging Face folder; its first bytes are of none of them',
  )
}

function stated<T extends { metadata: Readonly<Record<string, string>> }>(file: T): T & { weights?: string } {
  const { weights } = file.metadata
  return weights === undefined ? file : { ...file, weights }
}

/** Reads config.json, preprocessor_config.json where there is one, and model.safetensors or its shards. */
async function readFolder(folder: string): Promise<ModelFiles> {
  const config = await readJson(join(folder, 'config.json'))
  if (!config)
    throw new IjepaError('ERR_FILE', `${folder} has no config.json: expected a Hugging Face folder`, {
      file: folder,
    })
  const preprocessor = await readJson(join(folder, 'preprocessor_config.json'))
  const index = await readJson(join(folder, 'model.safetensors.index.json'))
  const weights = index
    ? await readShards(folder, index)
    : await readSafetensors(join(folder, 'model.safetensors'))
  return { format: 'Hugging Face folder', config, preprocessor, ...weights }
}

async function readShards(folder: string, { file, json }: JsonFile) {
  const map = Object.entries(json.weight_map ?? {}) as [string, unknown][]
  const tensors = new Map<string, StoredTensor>()
  for (const shard of new Set(map.map(([, name]) => name))) {
    if (typeof shard !== 'string' || basename(shard) !== shard || !shard.endsWith('.safetensors'))
      throw formatError(file, `${shown(shard)} is no name of a .safetensors file in the same folder`)
    const { tensors: found } = await readSafetensors(join(folder, shard))
    for (const [name, tensor] of found) {
      if (json.weight_map && (json.weight_map as Record<string, unknown>)[name] === shard)
        tensors.set(name, tensor)
    }
  }
  const absent = map.filter(([name]) => !tensors.has(name))
  if (absent[0])
    throw formatError(file, `${absent.length} tensors are not in their shards, first ${absent[0][0]}`)
  return { tensors, metadata: {} }
}

async function readJson(file: string): Promise<JsonFile | undefined> {
  const bytes = await readSmall(file)
  if (!bytes) return undefined
  try {
    const json: unknown = JSON.parse(bytes.toString())
    if (typeof json === 'object' && json !== null && !Array.isArray(json))
      return { file, json: json as JsonFile['json'] }
  } catch (cause) {
    throw formatError(file, 'it is not JSON', cause)
  }
  throw formatError(file, 'it is no JSON object')
}

async function readSmall(file: string): Promise<Buffer | undefined> {
  const found = await stat(file).catch(() => undefined)
  if (!found) return undefined
  if (!found.isFile() || found.size > maxHeaderBytes)
    throw formatError(file, `it is no file of less than ${maxHeaderBytes} bytes`)
  return readFile(file)
}

async function readTorch(
  path: string,
  choice: EncoderChoice,
  read: (file: CheckpointFile) => Promise<TorchFile>,
): Promise<ModelFiles> {
  return CheckpointFile.with(path, async (file) => {
    const torch = await read(file)
    const { root, container } = torch
    if (!(root instanceof Map)) throw formatError(path, 'expected a dict of tensors or of state dicts in it')
    const official = root.get('target_encoder') instanceof Map || root.get('encoder') instanceof Map
    const tensors = await locateAll(path, torch, official ? chosen(path, root, choice) : root)
    if (!official) return { format: `state dict (${container})`, tensors, metadata: {} }
    return {
      format: `official (${container} .pth.tar)`,
      weights: choice,
      tensors,
      metadata: {},
      training: numbers(root),
    }
  })
}

function chosen(
  path: string,
  root: Map<PickleValue, PickleValue>,
  choice: EncoderChoice,
): Map<PickleValue, PickleValue> {
  const encoder = root.get(choice)
  if (encoder instanceof Map) return encoder
  const keys = [...root.keys()].slice(0, 20).map(shown)
  const other = choice === 'encoder' ? 'target_encoder' : 'encoder'
  throw new IjepaError(
    'ERR_CHECKPOINT_MISMATCH',
    `${path} has no ${choice} (it has ${keys.join(', ')}): give the option weights: '${other}'`,
    { file: path, keys },
  )
}

async function locateAll(path: string, torch: TorchFile, dict: Map<PickleValue, PickleValue>) {
  const tensors = new Map<string, StoredTensor>()
  for (const [key, value] of dict) {
    if (typeof key !== 'string') throw formatError(path, 'a key of the state dict is no text')
    if (!(value instanceof PickledTensor))
      throw formatError(path, `expected only tensors in the state dict, found ${key.slice(0, 100)}`)
    tensors.set(key, await torch.locate(key, value))
  }
  return tensors
}

function numbers(root: Map<PickleValue, PickleValue>): Record<string, number> {
  const scalars = [...root].filter(
    (entry): entry is [string, number] => typeof entry[0] === 'string' && typeof entry[1] === 'number',
  )
  return Object.fromEntries(scalars)
}
