/** From the tensors of a file to the parameters of an encoder: prefixes, naming, geometry, and what does not fit. */
import type { DType, PlannedTensor } from '../../binding.gyp'
import { IjepaError } from '../errors'
import { encoderNames, huggingFaceNames, parameterShape, type EncoderShape } from './encoder-names'
import { poolerShapes, type Pooling } from './pooling'
import type { StoredTensor } from './stored-tensor'

export interface Layout {
  /** The encoder's parameters under official names, in the order of the official state dict. */
  readonly encoder: PlannedTensor[]
  readonly shape: EncoderShape
  /** `head.weight` and `head.bias`, where the file has them, and the parameters of attention pooling. */
  readonly head: PlannedTensor[]
}

/** What a classifier's config says of its head. */
export interface HeadInput {
  /** Blocks whose features it sees. */
  readonly layers: number
  readonly pooling: Pooling
}

interface Difference {
  missing: string[]
  unexpected: string[]
  shapes: string[]
}

const floats = new Set<DType>(['F64', 'F32', 'F16', 'BF16'])

/** Hugging Face's own extras: neither takes part in classification. */
const unused = ['embeddings.mask_token', 'pooler.dense.weight', 'pooler.dense.bias']

/**
 * Finds an encoder among `tensors`, under official or Hugging Face's names, with or without the prefixes of
 * DistributedDataParallel (`module.`) and of IJepaForImageClassification (`ijepa.`).
 * @param imageSize of the positions, where a config says it; else the grid must be square
 * @throws ERR_CHECKPOINT_MISMATCH that lists what differs
 */
export function findEncoder(
  file: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  imageSize?: { height: number; width: number },
  { layers, pooling }: HeadInput = { layers: 1, pooling: 'norm_then_mean' },
): Layout {
  const stored = withoutPrefixes(file, tensors)
  const isHuggingFace = stored.has('embeddings.position_embeddings') || stored.has('embeddings.cls_token')
  refuseClassToken(file, stored)
  const sources = isHuggingFace ? huggingFaceNames : (name: string) => [name]
  const headSources = ['weight', 'bias'].map((kind) => `${isHuggingFace ? 'classifier' : 'head'}.${kind}`)
  const names = encoderNames(countBlocks(stored, isHuggingFace))
  const difference: Difference = { missing: [], unexpected: [], shapes: [] }
  const encoder = names.flatMap((name) => gather(name, sources(name), stored, difference))
  const poolerNames = [...poolerShapes(pooling, 1).keys()]
  const known = new Set([
    ...names.flatMap(sources),
    ...poolerNames,
    ...headSources,
    ...(isHuggingFace ? unused : []),
  ])
  difference.unexpected = [...stored.keys()].filter((name) => !known.has(name))
  refuseDifference(file, difference)
  const shape = geometryOf(file, encoder, names, imageSize)
  for (const tensor of encoder) compareShape(tensor, parameterShape(tensor.name, shape), difference)
  const pooler = poolerNames.flatMap((name) => gather(name, [name], stored, difference))
  for (const tensor of pooler)
    compareShape(tensor, poolerShapes(pooling, shape.embedDim).get(tensor.name) ?? [], difference)
  const head = [...pooler, ...findHead(headSources, stored, layers * shape.embedDim, difference)]
  refuseDifference(file, difference)
  return { encoder: encoder.map((tensor) => withGrid(tensor, shape)), shape, head }
}

function withoutPrefixes(
  file: string,
  tensors: ReadonlyMap<string, StoredTensor>,
): Map<string, StoredTensor> {
  const stored = new Map<string, StoredTensor>()
  for (const [name, tensor] of tensors) {
    const short = name.replace(/^module\./, '').replace(/^ijepa\./, '')
    if (stored.has(short)) throw mismatch(file, `it has ${short} twice, once with a prefix`, {})
    stored.set(short, tensor)
  }
  return stored
}

/** A class token can't be told by arithmetic on the number of positions; a key says it. */
function refuseClassToken(file: string, stored: ReadonlyMap<string, StoredTensor>): void {
  const token = [...stored.keys()].find((name) => /(^|\.)cls_token$/.test(name))
  if (token === undefined) return
  throw mismatch(
    file,
    `it has a class token (${token}); I-JEPA encoders have none, so this is another kind of ViT`,
    {
      unexpected: [token],
    },
  )
}

function countBlocks(stored: ReadonlyMap<string, StoredTensor>, isHuggingFace: boolean): number {
  const first = isHuggingFace
    ? /^encoder\.layer\.\d+\.layernorm_before\.weight$/
    : /^blocks\.\d+\.norm1\.weight$/
  return Math.max(1, [...stored.keys()].filter((name) => first.test(name)).length)
}

/** Joins the parts of one parameter along dimension 0. */
function gather(
  name: string,
  sources: readonly string[],
  stored: ReadonlyMap<string, StoredTensor>,
  difference: Difference,
): PlannedTensor[] {
  difference.missing.push(...sources.filter((source) => !stored.has(source)))
  const parts = sources.flatMap((source) => stored.get(source) ?? [])
  const [first] = parts
  if (!first || parts.length !== sources.length) return []
  for (const [i, part] of parts.entries()) {
    if (part.shape.join() !== first.shape.join())
      difference.shapes.push(`${sources[i]} [${part.shape.join(', ')}] beside [${first.shape.join(', ')}]`)
    if (!floats.has(part.dtype))
      difference.shapes.push(`${sources[i]} of ${part.dtype}, expected floating point`)
  }
  const [rows, ...rest] = first.shape
  const shape = rows === undefined ? [] : [rows * parts.length, ...rest]
  return [{ name, shape, ranges: parts.map((part) => part.range) }]
}

function geometryOf(
  file: string,
  encoder: readonly PlannedTensor[],
  names: readonly string[],
  imageSize: { height: number; width: number } | undefined,
): EncoderShape {
  const shapeOf = (name: string) => encoder.find((tensor) => tensor.name === name)?.shape ?? []
  const [embedDim = 0, , patchSize = 0] = shapeOf('patch_embed.proj.weight')
  const [mlpDim = 0] = shapeOf('blocks.0.mlp.fc1.weight')
  const [, positions = 0] = shapeOf('pos_embed')
  if (embedDim * patchSize * mlpDim * positions === 0) throw mismatch(file, 'its parameters are empty', {})
  const side = Math.sqrt(positions) * patchSize
  const { height, width } = imageSize ?? { height: side, width: side }
  if (!Number.isInteger(side) && !imageSize)
    throw mismatch(
      file,
      `its ${positions} positions are no square grid, and no config.json says the image size`,
      {},
    )
  return {
    embedDim,
    depth: (names.length - 5) / 12,
    mlpDim,
    patchSize,
    imageHeight: height,
    imageWidth: width,
  }
}

function findHead(
  [weight, bias]: readonly string[],
  stored: ReadonlyMap<string, StoredTensor>,
  width: number,
  difference: Difference,
): PlannedTensor[] {
  const present = [weight, bias].filter((name): name is string => name !== undefined && stored.has(name))
  if (present.length === 0) return []
  const classes = stored.get(present[0] as string)?.shape[0] ?? 0
  const head = [
    ...gather('head.weight', [weight as string], stored, difference),
    ...gather('head.bias', [bias as string], stored, difference),
  ]
  for (const tensor of head)
    compareShape(tensor, tensor.name === 'head.bias' ? [classes] : [classes, width], difference)
  return head
}

function compareShape(
  { name, shape }: PlannedTensor,
  expected: readonly number[],
  difference: Difference,
): void {
  if (shape.join() === expected.join()) return
  difference.shapes.push(`${name} [${shape.join(', ')}], expected [${expected.join(', ')}]`)
}

function withGrid(
  tensor: PlannedTensor,
  { imageHeight, imageWidth, patchSize }: EncoderShape,
): PlannedTensor {
  return tensor.name === 'pos_embed'
    ? { ...tensor, grid: [imageHeight / patchSize, imageWidth / patchSize] }
    : tensor
}

function refuseDifference(file: string, difference: Difference): void {
  const parts = (['missing', 'unexpected', 'shapes'] as const).flatMap((kind) => {
    const names = difference[kind]
    const list =
      names
        .slice(0, 10)
        .map((name) => name.slice(0, 100))
        .join('; ') + (names.length > 10 ? '; …' : '')
    return names.length === 0
      ? []
      : [`${names.length} ${kind === 'shapes' ? 'of another shape or type' : kind}: ${list}`]
  })
  if (parts.length > 0)
    throw mismatch(file, `its tensors are not those of an I-JEPA encoder. ${parts.join('. ')}`, {
      ...difference,
    })
}

export function mismatch(
  file: string,
  problem: string,
  details: Readonly<Record<string, unknown>>,
): IjepaError {
  return new IjepaError('ERR_CHECKPOINT_MISMATCH', `${file}: ${problem}`, { file, ...details })
}
