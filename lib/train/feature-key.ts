/** What pooled features and tokens depend on, and its hash: the same key, the same bits. */
import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AugmentationConfig, LinearProbeConfig } from '../config'
import { environment, packageVersion, type Session } from '../native'
import { encodedLayers } from './candidates'
import type { Plan } from './plan'

/** Counts up where the same pictures and weights would give other features than before. */
const version = 3

/** Bytes that are hashed before the event loop turns. */
const sliceBytes = 8 << 20

/** SHA-256 of the encoder's parameters as the session holds them, whatever file they came from. */
export async function hashEncoder(session: Session, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256')
  for (const { name, shape } of session.parameters()) {
    if (/^(pooler|head)\./.test(name)) continue
    hash.update(`${name} ${shape.join()}\n`)
    const values = await session.read(name)
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    for (let begin = 0; begin < bytes.length; begin += sliceBytes) {
      hash.update(bytes.subarray(begin, begin + sliceBytes))
      if (bytes.length > sliceBytes) await nextTurn()
    }
    signal?.throwIfAborted()
  }
  return hash.digest('hex')
}

export interface FeatureSource {
  /** Of `hashEncoder`. */
  readonly weights: string
  /** Hash of the pictures' contents in their order. */
  readonly pictures: string
  /** One of several augmented copies; undefined: the pictures as they are evaluated. */
  readonly view?: { readonly index: number; readonly augmentation: AugmentationConfig }
}

/** Everything that a bit of the features could depend on. */
export function featureIdentity(
  plan: Plan,
  config: Pick<LinearProbeConfig, 'features' | 'precision'> & { readonly pooling: string },
  source: FeatureSource,
): object {
  const { encoder, preprocessing, loading, device, threads, linearKernel, seed } = plan
  const { cudaDevices, ...machine } = environment()
  return {
    version: [version, packageVersion()],
    ...source,
    ...(source.view ? { seed } : {}),
    geometry: encoder.geometry,
    preprocessing,
    reading: { alpha: loading.alpha, onBadImage: loading.onBadImage },
    precision: config.precision,
    pooling: config.pooling,
    layers: encodedLayers(config),
    conditions: { ...machine, device, threads, linearKernel, ...(device === 'cpu' ? {} : { cudaDevices }) },
  }
}

export function featureKey(identity: object): string {
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32)
}
