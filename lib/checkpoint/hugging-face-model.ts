/** model.safetensors of a classifier under the names of transformers' IJepaForImageClassification. */
import type { Piece } from '../../binding.gyp'
import { encoderNames, huggingFaceNames, parameterShape, type EncoderGeometry } from './encoder-names'
import type { HeadInput } from './layout'
import { poolerShapes } from './pooling'
import { safetensorsHeader } from './safetensors'

interface Entry {
  /** Hugging Face's name and shape, and the rows of our tensor that it is. */
  readonly name: string
  readonly shape: readonly number[]
  readonly piece: Piece
}

/**
 * Header and pieces of a float32 model. Pieces carry official names; a fused qkv is three pieces of rows; the head comes
 * from `classifier.weight` and `classifier.bias`, into which a standardisation is folded. Parameters of attention pooling, which
 * Hugging Face has no names for, keep theirs.
 * @param classes number of classes; null: there is no head
 */
export function huggingFaceModel(
  geometry: EncoderGeometry,
  classes: number | null,
  { layers, pooling }: HeadInput = { layers: 1, pooling: 'norm_then_mean' },
): { header: Uint8Array; pieces: Piece[] } {
  const entries = encoderNames(geometry.depth).flatMap((name) =>
    entriesOf(name, parameterShape(name, geometry)),
  )
  for (const [name, shape] of poolerShapes(pooling, geometry.embedDim)) entries.push(whole(name, shape))
  if (classes !== null) {
    const head = [classes, layers * geometry.embedDim]
    entries.push(whole('classifier.weight', head), whole('classifier.bias', [classes]))
  }
  const tensors = entries.map(({ name, shape }) => ({ name, shape, dtype: 'F32' as const }))
  return { header: safetensorsHeader(tensors, { format: 'pt' }), pieces: entries.map(({ piece }) => piece) }
}

function entriesOf(official: string, shape: readonly number[]): Entry[] {
  const names = huggingFaceNames(official).map((name) => `ijepa.${name}`)
  if (names.length === 1) return [{ ...whole(official, shape), name: names[0] as string }]
  const [rows = 0, ...rest] = shape
  const part = rows / names.length
  return names.map((name, i) => ({
    name,
    shape: [part, ...rest],
    piece: { name: official, begin: i * part, end: (i + 1) * part },
  }))
}

function whole(name: string, shape: readonly number[]): Entry {
  return { name, shape, piece: { name, begin: 0, end: 0 } }
}
