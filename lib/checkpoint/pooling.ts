/** How a classifier makes one vector of its encoder's patch tokens, and the parameters that this takes. */
import type { Pooling } from '../../binding.gyp'

export type { Pooling }

const poolings: readonly Pooling[] = ['norm_then_mean', 'mean_then_norm', 'vjepa_attentive', 'capi_attentive']

export const isPooling = (value: unknown): value is Pooling => poolings.includes(value as Pooling)

/** A learned query attends to the tokens, in place of their mean. */
export const isAttentive = (pooling: Pooling): boolean => poolerShapes(pooling, 1).size > 0

/** Names and shapes of the pooler's parameters, under V-JEPA's names for both of its forms; none where tokens are averaged. */
export function poolerShapes(pooling: Pooling, embedDim: number): ReadonlyMap<string, readonly number[]> {
  if (pooling !== 'vjepa_attentive' && pooling !== 'capi_attentive') return new Map()
  const query: Entry = ['query_tokens', [1, 1, embedDim]]
  const keysAndValues = layer('xattn.kv', 2 * embedDim, embedDim)
  const entries =
    pooling === 'capi_attentive'
      ? [query, ...keysAndValues]
      : [
          query,
          ...norm('norm1', embedDim),
          ...layer('xattn.q', embedDim, embedDim),
          ...keysAndValues,
          ...norm('norm2', embedDim),
          ...layer('mlp.fc1', 4 * embedDim, embedDim),
          ...layer('mlp.fc2', embedDim, 4 * embedDim),
        ]
  return new Map(entries.map(([name, shape]) => [`pooler.${name}`, shape]))
}

type Entry = readonly [name: string, shape: readonly number[]]

const part = (module: string, kind: 'weight' | 'bias'): string => `cross_attention_block.${module}.${kind}`

const layer = (module: string, rows: number, columns: number): Entry[] => [
  [part(module, 'weight'), [rows, columns]],
  [part(module, 'bias'), [rows]],
]

const norm = (module: string, width: number): Entry[] => [
  [part(module, 'weight'), [width]],
  [part(module, 'bias'), [width]],
]
