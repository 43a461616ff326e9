/** What of the encoder need not be computed anew: the part that has not trained yet, for pictures that come again. */
import type { FreezeStageConfig, RecipeConfig } from '../config'
import { layerId } from './parameter-groups'

/** Where the encoder is cut. */
export interface FrozenPrefix {
  /** Blocks from the first on. */
  readonly blocks: number
  /** All of the encoder, final normalisation and pooling included: the head alone trains. */
  readonly pooled: boolean
}

/**
 * The longest part, from the pictures on, that neither `stage` nor one before it trains: its weights are those that the run
 * began with. Undefined where that is not even one block.
 */
export function frozenPrefix(
  stage: FreezeStageConfig,
  stages: readonly FreezeStageConfig[],
  trainable: (stage: FreezeStageConfig) => readonly string[],
  depth: number,
): FrozenPrefix | undefined {
  const trained = stages.filter(({ from }) => from <= stage.from).flatMap(trainable)
  const blocks = Math.min(depth, ...trained.map((name) => layerId(name, depth) - 1))
  if (blocks < 1) return undefined
  return { blocks, pooled: trained.every((name) => name.startsWith('head.')) }
}

/** The fixed view of every picture that an epoch trains on: each in turn. */
export const viewOf = (epoch: number, views: number): number => epoch % views

/** How many epochs of the stage see the view: what only one sees is not worth keeping. */
export function epochsWithView(
  stage: FreezeStageConfig,
  stages: readonly FreezeStageConfig[],
  { epochs }: Pick<RecipeConfig, 'epochs'>,
  { view, views }: { readonly view: number; readonly views: number },
): number {
  const next = stages.find(({ from }) => from > stage.from)?.from ?? epochs
  const end = Math.min(next, epochs)
  const before = (epoch: number) => Math.floor((epoch - view + views - 1) / views)
  return Math.max(0, before(end) - before(stage.from))
}
