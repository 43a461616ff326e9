/** From an encoder's plan to a session that holds it. */
import type { LinearKernel, PlannedTensor, SessionConfig } from '../../binding.gyp'
import { layersOf, type EncoderGeometry, type HeadFeatures, type Pooling } from '../checkpoint'
import type { PreprocessingConfig } from '../config'
import { IjepaError } from '../errors'
import { Session } from '../native'

export interface ModelOptions {
  readonly geometry: EncoderGeometry
  /** All that is to be loaded: the encoder's tensors, and the head's where it has been trained. */
  readonly plan: readonly PlannedTensor[]
  readonly classes: number
  readonly pooling: Pooling
  readonly features: HeadFeatures
  /** The head centres and normalises each picture's features. @default false */
  readonly normalize?: boolean
  readonly preprocessing: PreprocessingConfig
  /** Resolved: 'cpu' or 'cuda:N'. */
  readonly device: string
  readonly threads: number
  readonly linearKernel: LinearKernel
  readonly seed: number
  readonly headInit: number
}

/**
 * A session with the plan loaded. What the plan leaves out must be exactly the head (with the pooler, where there is one), or the
 * head and the positions (which were then regenerated), or everything (random weights).
 * @throws ERR_CHECKPOINT_MISMATCH with the names that differ
 */
export async function createModel(options: ModelOptions, signal?: AbortSignal): Promise<Session> {
  const { geometry, plan, preprocessing, classes, pooling, features, normalize = false, ...compute } = options
  const config = {
    ...geometry,
    classes,
    pooling,
    mean: triple(preprocessing.mean),
    std: triple(preprocessing.std),
    layers: layersOf[features],
    normalizeRows: normalize,
    ...compute,
  }
  const session = await createSession(config, signal)
  try {
    if (plan.length > 0) {
      checkNames(session, plan)
      await session.cancellable(signal, () => session.load([...plan]))
    }
    return session
  } catch (error) {
    await session.dispose()
    throw error
  }
}

/** Making the weights of a large encoder takes seconds: an abort does not wait for it, the session is freed when it comes. */
async function createSession(config: SessionConfig, signal: AbortSignal | undefined): Promise<Session> {
  signal?.throwIfAborted()
  const creating = Session.create(config)
  if (!signal) return creating
  return new Promise<Session>((resolve, reject) => {
    const abort = () => {
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', abort, { once: true })
    void creating
      .then((session) => (signal.aborted ? session.dispose() : resolve(session)))
      .catch(reject)
      .finally(() => {
        signal.removeEventListener('abort', abort)
      })
  })
}

function triple([a, b, c]: readonly [number, number, number]): [number, number, number] {
  return [a, b, c]
}

function checkNames(session: Session, plan: readonly PlannedTensor[]): void {
  const wanted = session.parameters().map(({ name }) => name)
  const planned = new Set(plan.map(({ name }) => name))
  const missing = wanted.filter(
    (name) => !planned.has(name) && !/^(pooler|head)\./.test(name) && name !== 'pos_embed',
  )
  const known = new Set(wanted)
  const unexpected = [...planned].filter((name) => !known.has(name) && !name.startsWith('neighbors.'))
  if (missing.length === 0 && unexpected.length === 0) return
  const list = (names: string[]) => names.slice(0, 10).join(', ') + (names.length > 10 ? ', …' : '')
  throw new IjepaError(
    'ERR_CHECKPOINT_MISMATCH',
    `The checkpoint does not fit the encoder: ${missing.length} parameters are missing (${list(missing)}), ` +
      `${unexpected.length} unexpected (${list(unexpected)})`,
    { missing, unexpected },
  )
}
