/** Concurrent requests on one model: they queue in order and are merged into batches. */
import type { ImageInput } from '../api'
import { sequentialOrder, unlabelled } from '../dataset'
import { IjepaError } from '../errors'
import type { Session } from '../native'
import { evaluationLoader, type EvaluationLoaderOptions } from './evaluation-loader'

type Kind = 'logits' | 'features'

interface Request {
  readonly kind: Kind
  readonly images: readonly ImageInput[]
  readonly batchSize: number
  readonly signal: AbortSignal | undefined
  readonly resolve: (rows: Float32Array[]) => void
  readonly reject: (reason: unknown) => void
}

export interface RequestOptions {
  readonly batchSize: number
  readonly signal?: AbortSignal
}

export interface PredictorOptions extends Omit<EvaluationLoaderOptions, 'batchSize' | 'onBadImage'> {
  readonly classes: number
  readonly precision: 'fp32' | 'bf16'
}

export class Predictor {
  private readonly queue: Request[] = []
  private working: Promise<void> | undefined
  private disposal: Promise<void> | undefined
  private readonly others = new Set<Promise<unknown>>()

  constructor(
    private readonly session: Session,
    private readonly options: PredictorOptions,
  ) {}

  /** One row an image, in order: logits [C], or pooled features [D]. */
  request(kind: Kind, images: readonly ImageInput[], options: RequestOptions): Promise<Float32Array[]> {
    if (this.disposal) {
      return Promise.reject(disposed())
    }
    const { batchSize, signal } = options
    if (signal?.aborted) return Promise.reject(signal.reason as Error)
    if (images.length === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => {
      this.queue.push({ kind, images, batchSize, signal, resolve, reject })
      this.working ??= this.work()
    })
  }

  /** Runs other work on the model, which dispose then waits for. @throws ERR_DISPOSED */
  async use<T>(work: () => Promise<T>): Promise<T> {
    if (this.disposal) throw disposed()
    const running = work()
    const ended: Promise<unknown> = running.then(
      () => this.others.delete(ended),
      () => this.others.delete(ended),
    )
    this.others.add(ended)
    return running
  }

  /** Refuses new requests, ends those that wait or run, then frees the model. */
  dispose(): Promise<void> {
    this.disposal ??= (async () => {
      await Promise.all([this.working, ...this.others])
      await this.session.dispose()
    })()
    return this.disposal
  }

  private async work(): Promise<void> {
    await Promise.resolve() // requests of the same turn are merged
    for (let merged = this.take(); merged.length > 0; merged = this.take()) await this.answer(merged)
    this.working = undefined // at once: a request that comes after the last look at the queue begins anew
  }

  /** The next requests that fit one batch; always at least one. */
  private take(): Request[] {
    const first = this.queue.shift()
    if (first === undefined) return []
    const merged = [first]
    let images = first.images.length
    for (let next = this.queue[0]; next?.kind === first.kind; next = this.queue[0]) {
      images += next.images.length
      if (images > first.batchSize) break
      merged.push(next)
      this.queue.shift()
    }
    return merged
  }

  /** A failure or an abort concerns its own request: the others are computed again without it. */
  private async answer(requests: Request[]): Promise<void> {
    const live = requests.filter((request) => !rejectIfAborted(request))
    const [first, ...others] = live
    if (first === undefined) return
    try {
      const rows = await this.rows(first.kind, live)
      let begin = 0
      for (const { images, resolve } of live) resolve(rows.slice(begin, (begin += images.length)))
    } catch (error) {
      if (others.length === 0) {
        if (!rejectIfAborted(first)) first.reject(error)
        return
      }
      for (const request of live) await this.answer([request])
    }
  }

  private async rows(kind: Kind, requests: readonly Request[]): Promise<Float32Array[]> {
    const images = requests.flatMap((request) => request.images)
    const batchSize = Math.max(...requests.map((request) => request.batchSize))
    const signal = anySignal(requests)
    const loader = evaluationLoader(unlabelled(images), { ...this.options, batchSize, onBadImage: 'throw' })
    try {
      loader.start(sequentialOrder(images.length), 0)
      const width = kind === 'logits' ? this.options.classes : this.options.geometry.embedDim
      const rows: Float32Array[] = []
      for (;;) {
        const values = await this.session.cancellable(signal, () => this.batch(kind, loader))
        if (values.length === 0) return rows
        for (let begin = 0; begin < values.length; begin += width)
          rows.push(values.slice(begin, begin + width))
      }
    } finally {
      loader.dispose()
    }
  }

  private async batch(kind: Kind, loader: Parameters<Session['predict']>[0]): Promise<Float32Array> {
    if (kind === 'logits') return (await this.session.predict(loader, this.options.precision)).logits
    const features = this.session.createFeatures()
    try {
      await this.session.appendFeatures(loader, features, this.options.precision)
      return await features.read()
    } finally {
      features.dispose()
    }
  }
}

function rejectIfAborted({ signal, reject }: Request): boolean {
  if (!signal?.aborted) return false
  reject(signal.reason)
  return true
}

function anySignal(requests: readonly Request[]): AbortSignal | undefined {
  const signals = requests.flatMap(({ signal }) => (signal ? [signal] : []))
  return signals.length === 0 ? undefined : AbortSignal.any(signals)
}

function disposed(): IjepaError {
  return new IjepaError('ERR_DISPOSED', 'This classifier was used after dispose()')
}
