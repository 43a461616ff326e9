/** One call of predict or embed on its way through the queue. */
import type { ImageInput } from '../api'
import { onAbort } from './on-abort'

export type Kind = 'logits' | 'features'

export interface RequestOptions {
  readonly batchSize: number
  readonly signal?: AbortSignal
}

/** Settles once: with its rows, with an error, or at once when its signal aborts, wherever it stands in the queue. */
export class PredictRequest {
  readonly batchSize: number
  readonly answer: Promise<Float32Array[]>
  settled = false
  /** Called after an abort has rejected it. */
  onAbort: (() => void) | undefined
  private readonly signal: AbortSignal | undefined
  private readonly unlisten: (() => void) | undefined
  private settle!: { resolve: (rows: Float32Array[]) => void; reject: (reason: unknown) => void }

  constructor(
    readonly kind: Kind,
    readonly images: readonly ImageInput[],
    { batchSize, signal }: RequestOptions,
  ) {
    this.batchSize = batchSize
    this.signal = signal
    this.answer = new Promise((resolve, reject) => (this.settle = { resolve, reject }))
    this.unlisten = signal && onAbort(signal, this.abort)
  }

  resolve(rows: Float32Array[]): void {
    this.end()
    this.settle.resolve(rows)
  }

  reject(reason: unknown): void {
    this.end()
    this.settle.reject(reason)
  }

  private readonly abort = () => {
    this.reject(this.signal?.reason)
    this.onAbort?.()
  }

  private end(): void {
    this.settled = true
    this.unlisten?.()
  }
}
