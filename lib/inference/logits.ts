/** Logits of a whole split: the path of validation and evaluate. */
import type { Precision } from '../api'
import type { Loader, Session } from '../native'

export interface SplitLogits {
  /** [rows, C], row-major, in memory that threads share: a worker takes them as they are. */
  readonly logits: Float32Array
  /** Sample indices of the rows; fewer than asked where bad pictures are skipped. */
  readonly samples: Int32Array
}

export interface LogitsOptions {
  readonly precision: Precision
  readonly signal?: AbortSignal
  readonly onProgress?: (done: number, total: number) => void
}

/** Runs `order` through the model once. The loader's epoch is used up. */
export async function logitsOf(
  session: Session,
  loader: Loader,
  order: Int32Array,
  classes: number,
  options: LogitsOptions,
): Promise<SplitLogits> {
  const bytes = order.length * classes * Float32Array.BYTES_PER_ELEMENT
  const logits = new Float32Array(new SharedArrayBuffer(bytes))
  const samples = new Int32Array(order.length)
  let rows = 0
  loader.start(order, 0)
  for (;;) {
    const batch = await session.cancellable(options.signal, () => session.predict(loader, options.precision))
    if (batch.samples.length === 0) break
    logits.set(batch.logits, rows * classes)
    samples.set(batch.samples, rows)
    rows += batch.samples.length
    options.onProgress?.(rows, order.length)
  }
  return { logits: logits.subarray(0, rows * classes), samples: samples.subarray(0, rows) }
}
