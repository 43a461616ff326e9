/** The parameters of an I-JEPA encoder: official names, Hugging Face's names for them, and shapes. */

export interface EncoderGeometry {
  embedDim: number
  depth: number
  heads: number
  /** Hidden width of the MLP. */
  mlpDim: number
  /** Pixels. */
  patchSize: number
  imageHeight: number
  imageWidth: number
  layerNormEps: number
}

export type EncoderShape = Omit<EncoderGeometry, 'heads' | 'layerNormEps'>

/**
 * Official (src/models/vision_transformer.py) → transformers' IJepaModel (convert_ijepa_to_hf.py). Three names stand for the
 * three thirds of the rows: query, key, value.
 */
const outer: Readonly<Record<string, string>> = {
  'patch_embed.proj': 'embeddings.patch_embeddings.projection',
  norm: 'layernorm',
}
const ofBlock: Readonly<Record<string, readonly string[]>> = {
  norm1: ['layernorm_before'],
  'attn.qkv': ['attention.attention.query', 'attention.attention.key', 'attention.attention.value'],
  'attn.proj': ['attention.output.dense'],
  norm2: ['layernorm_after'],
  'mlp.fc1': ['intermediate.dense'],
  'mlp.fc2': ['output.dense'],
}

/** Official names in the order of the official state dict. */
export function encoderNames(depth: number): string[] {
  const both = (module: string) => [`${module}.weight`, `${module}.bias`]
  const blocks = Array.from({ length: depth }, (_, i) =>
    Object.keys(ofBlock).flatMap((module) => both(`blocks.${i}.${module}`)),
  )
  return ['pos_embed', ...both('patch_embed.proj'), ...blocks.flat(), ...both('norm')]
}

/** Hugging Face's names of an official parameter, without the `ijepa.` of the classifier's class. */
export function huggingFaceNames(name: string): string[] {
  if (name === 'pos_embed') return ['embeddings.position_embeddings']
  const [, block, module, parameter] = /^(?:blocks\.(\d+)\.)?(.+)\.(weight|bias)$/.exec(name) ?? []
  if (module === undefined) throw new Error(`${name} is no parameter of an encoder`)
  if (block === undefined) return [`${outer[module]}.${parameter}`]
  return (ofBlock[module] ?? []).map((theirs) => `encoder.layer.${block}.${theirs}.${parameter}`)
}

/** Shape of an official parameter. */
export function parameterShape(name: string, shape: EncoderShape): number[] {
  const { embedDim: d, mlpDim, patchSize: p } = shape
  if (name === 'pos_embed') return [1, (shape.imageHeight / p) * (shape.imageWidth / p), d]
  if (name === 'patch_embed.proj.weight') return [d, 3, p, p]
  const [rows, columns] = name.includes('.qkv.')
    ? [3 * d, d]
    : name.includes('.fc1.')
      ? [mlpDim, d]
      : name.includes('.fc2.')
        ? [d, mlpDim]
        : [d, d]
  const isMatrix = name.endsWith('.weight') && (name.includes('.attn.') || name.includes('.mlp.'))
  return isMatrix ? [rows, columns] : [rows]
}

/** All values of the encoder, the fixed positions included. */
export function encoderParameters(shape: EncoderShape): number {
  const sizes = encoderNames(shape.depth).map((name) =>
    parameterShape(name, shape).reduce((a, b) => a * b, 1),
  )
  return sizes.reduce((a, b) => a + b, 0)
}
