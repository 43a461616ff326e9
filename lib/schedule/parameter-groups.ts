/** Groups of parameters for the optimizer: layer decay and weight decay by MAE's scheme. */
import { blockOf } from './trainable'

/** Layer of a parameter: 0 for the embeddings, i + 1 for block i, depth + 1 for the rest (final norm, head). */
export function layerId(name: string, depth: number): number {
  if (name === 'pos_embed' || name.startsWith('patch_embed.')) return 0
  const block = blockOf(name)
  return block === undefined ? depth + 1 : block + 1
}

/** decay^(depth + 1 − layer): 1 for the head, less for each layer below (MAE's util/lr_decay.py, BEiT's before it). */
export const layerScale = (name: string, depth: number, decay: number): number =>
  decay ** (depth + 1 - layerId(name, depth))

export interface ParameterGroup {
  names: string[]
  learningRateScale: number
  weightDecay: number
}

export interface GroupingOptions {
  /** Names that train; all others are in no group. */
  readonly trainable: readonly string[]
  /** Factor from each layer to the one below; 1: none. */
  readonly layerDecay: number
  readonly weightDecay: number
  /** Blocks of the encoder. */
  readonly depth: number
  /** Factor of the freezing stage. */
  readonly learningRateScale: number
  /** A further factor for some of them: the warm-up of what is new in a stage. */
  readonly warmup?: { readonly names: ReadonlySet<string>; readonly scale: number }
  /** Weight decay on every parameter, biases too, as a linear probe has it. */
  readonly decayAll?: boolean
}

/** One group for each pair of scale and decay, in order of the parameters. No decay on one-dimensional tensors, biases and positions. */
export function parameterGroups(
  parameters: readonly { readonly name: string; readonly shape: readonly number[] }[],
  options: GroupingOptions,
): ParameterGroup[] {
  const trainable = new Set(options.trainable)
  const groups = new Map<string, ParameterGroup>()
  for (const { name, shape } of parameters) {
    if (!trainable.has(name)) continue
    const decays = options.decayAll === true || isDecayed(name, shape)
    const weightDecay = decays ? options.weightDecay : 0
    const warmup = options.warmup?.names.has(name) ? options.warmup.scale : 1
    const learningRateScale =
      warmup * options.learningRateScale * layerScale(name, options.depth, options.layerDecay)
    const key = `${learningRateScale} ${weightDecay}`
    const group = groups.get(key) ?? { names: [], learningRateScale, weightDecay }
    group.names.push(name)
    groups.set(key, group)
  }
  return [...groups.values()]
}

const isDecayed = (name: string, shape: readonly number[]): boolean =>
  shape.length > 1 && !name.endsWith('.bias') && name !== 'pos_embed'
