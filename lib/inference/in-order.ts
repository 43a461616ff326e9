/** Asynchronous work on the items of any iterable: a bounded number at a time, its results in order. */

export interface InOrderOptions<T, R> {
  /** Items that are worked on, or whose results wait, at most. Refilled when half of it is free. */
  readonly ahead: number
  readonly signal?: AbortSignal
  /** Rejects soon after its signal aborts. */
  readonly work: (item: T, signal: AbortSignal) => Promise<R>
}

/**
 * Yields the result of each item. An item that fails throws in its place, after the results before it; so does an error of
 * `items`. Leaving the loop aborts what is under way and closes `items`.
 */
export async function* inOrder<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  options: InOrderOptions<T, R>,
): AsyncGenerator<R, void, undefined> {
  const window = new Window(items, options)
  try {
    for (let result = await window.take(); result; result = await window.take()) yield result.value
  } catch (error) {
    await window.close().catch(() => undefined)
    throw error
  } finally {
    await window.close()
  }
}

class Window<T, R> {
  private readonly source: AsyncGenerator<T, void, undefined>
  private readonly results: Promise<R>[] = []
  private readonly stop = new AbortController()
  private reading = false
  private ended = false
  private failure: { error: unknown } | undefined
  private wake: (() => void) | undefined

  constructor(
    items: AsyncIterable<T> | Iterable<T>,
    private readonly options: InOrderOptions<T, R>,
  ) {
    this.source = each(items)
    options.signal?.addEventListener('abort', this.abort, { once: true })
    if (options.signal?.aborted) this.abort()
  }

  /** The next result, or undefined after the last. */
  async take(): Promise<{ value: R } | undefined> {
    if (!this.stop.signal.aborted && this.results.length <= this.options.ahead / 2) void this.fill()
    while (this.results.length === 0 && !this.ended && !this.stop.signal.aborted) {
      await new Promise<void>((resolve) => (this.wake = resolve))
    }
    this.stop.signal.throwIfAborted()
    const [first] = this.results
    if (first) {
      const value = await first
      void this.results.shift()
      return { value }
    }
    if (this.failure) throw this.failure.error
    return undefined
  }

  /** Idempotent. A source that still owes an item is told, but not waited for: it may never give it. */
  async close(): Promise<void> {
    this.options.signal?.removeEventListener('abort', this.abort)
    this.stop.abort()
    if (this.ended) return
    this.ended = true
    const closing = this.source.return()
    if (this.reading) void closing.catch(() => undefined)
    else await closing
  }

  private async fill(): Promise<void> {
    if (this.reading) return
    this.reading = true
    try {
      while (!this.ended && this.results.length < this.options.ahead) await this.read()
    } catch (error) {
      this.failure = { error }
      this.ended = true
    }
    this.reading = false
    this.wake?.()
  }

  private async read(): Promise<void> {
    const { done, value } = await this.source.next()
    if (this.ended) return // closed meanwhile
    if (done) {
      this.ended = true
      return
    }
    const result = this.options.work(value, this.stop.signal)
    result.catch(() => undefined) // thrown in its turn, or by nobody when the loop is left before
    this.results.push(result)
    this.wake?.()
  }

  private readonly abort = () => {
    this.stop.abort(this.options.signal?.reason)
    this.wake?.()
  }
}

/** Of the iterables of both kinds one. */
async function* each<T>(items: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T, void, undefined> {
  yield* items
}
