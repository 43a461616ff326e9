/** Concurrent requests on one model: they queue in order and are merged into batches. */
import type { ImageInput, Precision } from '../api'
import type { EncoderGeometry } from '../checkpoint'
import { sequentialOrder, unlabelled } from '../dataset'
import { IjepaError } from '../errors'
import type { Loader, Session } from '../native'
import { onAbort } from './on-abort'
import { evaluationLoader, type EvaluationLoaderOptions } from './evaluation-loader'
import { PredictRequest, type Kind, type RequestOptions } from './predict-request'

export interface PredictorOptions extends Omit<EvaluationLoaderOptions, 'batchSize' | 'onBadImage'> {
  readonly geometry: EncoderGeometry
  readonly classes: number
  readonly precision: Precision
}

/** Other work on the model: nothing else runs meanwhile. */
type Alone = () => Promise<void>

export class Predictor {
  private readonly queue: (PredictRequest | Alone)[] = []
  private working: Promise<void> | undefined
  private disposal: Promise<void> | undefined

  constructor(
    private readonly session: Session,
    private readonly options: PredictorOptions,
  ) {}

  /** One row an image, in order: logits [C], or pooled features [D]. @throws ERR_DISPOSED */
  async request(kind: Kind, images: readonly ImageInput[], options: RequestOptions): Promise<Float32Array[]> {
    this.requireOpen()
    options.signal?.throwIfAborted()
    if (images.length === 0) return []
    const request = new PredictRequest(kind, images, options)
    this.enqueue(request)
    return request.answer
  }

  /**
   * Runs other work on the model, in its turn; when the signal aborts before that, this rejects at once and the work is never
   * begun. @throws ERR_DISPOSED
   */
  async use<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    this.requireOpen()
    signal?.throwIfAborted()
    return new Promise<T>((resolve, reject) => {
      const unlisten =
        signal &&
        onAbort(signal, () => {
          reject(signal.reason as Error)
        })
      const begin = async (): Promise<T> => {
        signal?.throwIfAborted()
        return work()
      }
      this.enqueue(() => begin().then(resolve, reject).finally(unlisten))
    })
  }

  /** Refuses new requests, answers those that were made, then frees the model. */
  dispose(): Promise<void> {
    this.disposal ??= (async () => {
      await this.working
      await this.session.dispose()
    })()
    return this.disposal
  }

  /** @throws ERR_DISPOSED */
  requireOpen(): void {
    if (this.disposal) throw new IjepaError('ERR_DISPOSED', 'This classifier was used after dispose()')
  }

  private enqueue(entry: PredictRequest | Alone): void {
    this.queue.push(entry)
    this.working ??= this.work()
  }

  private async work(): Promise<void> {
    for (;;) {
      await new Promise(setImmediate) // what is asked in one turn of the event loop is merged
      const [first] = this.queue
      if (first === undefined) break
      if (first instanceof PredictRequest) await this.answer(this.takeBatch())
      else await (this.queue.shift() as Alone)()
    }
    this.working = undefined // at once: a request that comes after the last look at the queue begins anew
  }

  /** The next requests of one kind that fit one batch; always at least one. */
  private takeBatch(): PredictRequest[] {
    const batch: PredictRequest[] = []
    let images = 0
    let limit = Infinity
    for (let next = this.queue[0]; next instanceof PredictRequest; next = this.queue[0]) {
      images += next.images.length
      limit = Math.min(limit, next.batchSize)
      if (batch[0] && (images > limit || next.kind !== batch[0].kind)) break
      batch.push(next)
      this.queue.shift()
    }
    return batch
  }

  /** A bad picture fails its own request; what else fails is tried again in halves, until it concerns one alone. */
  private async answer(requests: readonly PredictRequest[]): Promise<void> {
    const open = requests.filter(({ settled }) => !settled)
    const [first] = open
    if (first === undefined) return
    try {
      const rows = await this.rows(first.kind, open)
      let begin = 0
      for (const request of open) {
        const own = rows.slice(begin, (begin += request.images.length))
        if (own.every((row) => row !== undefined)) request.resolve(own)
        else await this.answer([request]) // for its error
      }
    } catch (error) {
      if (open.length === 1) {
        first.reject(error)
        return
      }
      const middle = Math.ceil(open.length / 2)
      await this.answer(open.slice(0, middle))
      await this.answer(open.slice(middle))
    }
  }

  /** One row an image; in the company of other requests undefined for a bad picture, which throws alone. */
  private async rows(kind: Kind, requests: readonly PredictRequest[]): Promise<(Float32Array | undefined)[]> {
    const images = requests.flatMap((request) => request.images)
    const batchSize = Math.min(images.length, ...requests.map((request) => request.batchSize))
    const onBadImage = requests.length === 1 ? 'throw' : 'skip'
    const loader = evaluationLoader(unlabelled(images), { ...this.options, batchSize, onBadImage })
    const unneeded = whenAllSettle(requests)
    try {
      loader.start(sequentialOrder(images.length), 0)
      const width = kind === 'logits' ? this.options.classes : this.options.geometry.embedDim
      const rows = new Array<Float32Array | undefined>(images.length).fill(undefined)
      for (;;) {
        const { values, samples } = await this.session.cancellable(unneeded, () => this.batch(kind, loader))
        if (samples.length === 0) return rows
        samples.forEach((sample, i) => (rows[sample] = values.slice(i * width, (i + 1) * width)))
      }
    } finally {
      loader.dispose()
    }
  }

  private async batch(kind: Kind, loader: Loader): Promise<{ values: Float32Array; samples: Int32Array }> {
    if (kind === 'logits') {
      const { logits, samples } = await this.session.predict(loader, this.options.precision)
      return { values: logits, samples }
    }
    const features = this.session.createFeatures()
    try {
      const samples = await this.session.appendFeatures(loader, features, this.options.precision)
      return { values: await features.read(), samples }
    } finally {
      features.dispose()
    }
  }
}

/** Aborts when nobody waits for the batch any more; an abort of some leaves it to the others. */
function whenAllSettle(requests: readonly PredictRequest[]): AbortSignal {
  const controller = new AbortController()
  for (const request of requests) {
    request.onAbort = () => {
      if (requests.every(({ settled }) => settled)) controller.abort()
    }
  }
  return controller.signal
}
