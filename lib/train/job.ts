/** How a run is watched and stopped: signals, listeners and the promise that is also an iterable. */
import type { Control, TrainEvent } from '../api'
import { eventPromise } from './run-promise'

/** How long an aborted job may take to end in order before its promise rejects without it, in milliseconds. */
const patience = 500

export interface JobContext {
  /** Aborts when any of the caller's signals does, at an interrupt, or when a listener has thrown. */
  readonly signal: AbortSignal
  readonly emit: (event: TrainEvent) => void
}

export interface JobOptions {
  readonly onEvent?: Control['onEvent']
  readonly interrupt?: boolean
  readonly signals: readonly (AbortSignal | undefined)[]
  /** Shows progress; closed at the end. */
  readonly progress: { onEvent(event: TrainEvent): void; close(): void }
}

export interface Job<T> {
  readonly options: JobOptions
  readonly work: (context: JobContext) => Promise<T>
}

/**
 * Starts the job that `prepare` describes; what `prepare` throws rejects the promise. A listener that throws ends the job
 * with its error. With `interrupt`, SIGINT aborts the job. A rejection because of an abort counts as handled: whoever
 * aborted knows of it, and may dispose first and await the job then.
 */
export function startJob<T>(prepare: () => Job<T>): Promise<T> & AsyncIterable<TrainEvent> {
  const stop = new AbortController()
  const promise = eventPromise((queue) => runJob(prepare(), stop, queue))
  const handled = () => {
    promise.catch(() => undefined)
  }
  if (stop.signal.aborted) handled()
  else stop.signal.addEventListener('abort', handled, { once: true })
  return promise
}

async function runJob<T>(
  { options, work }: Job<T>,
  stop: AbortController,
  queue: (event: TrainEvent) => void,
): Promise<T> {
  const own = new AbortController()
  const listeners = new Listeners(options, own)
  const undo = [follow(options.signals, stop), follow([stop.signal], own)]
  if (options.interrupt) undo.push(abortAtInterrupt(stop))
  const emit = (event: TrainEvent) => {
    if (listeners.ended) return // what goes on in the background is nobody's event any more
    queue(event)
    listeners.hear(event)
  }
  try {
    own.signal.throwIfAborted()
    const result = await answered(work({ signal: own.signal, emit }), own.signal)
    listeners.throwIfFailed()
    return result
  } finally {
    listeners.ended = true
    for (const done of undo) done()
    options.progress.close()
  }
}

/** Those who hear of the events; the first error of one of them ends the job, and silences them. */
class Listeners {
  ended = false
  private failure: { error: unknown } | undefined

  constructor(
    private readonly options: JobOptions,
    private readonly job: AbortController,
  ) {}

  hear(event: TrainEvent): void {
    if (this.failure) return
    try {
      this.options.progress.onEvent(event)
      const returned: unknown = this.options.onEvent?.(event)
      if (returned instanceof Object && 'then' in returned) void this.watch(returned as PromiseLike<unknown>)
    } catch (error) {
      this.fail(error)
    }
  }

  throwIfFailed(): void {
    if (this.failure) throw this.failure.error
  }

  /** A listener that is an async function fails later; after the end of the job nobody is left to tell but the process. */
  private async watch(returned: PromiseLike<unknown>): Promise<void> {
    try {
      await returned
    } catch (error) {
      if (this.ended) throw error
      this.fail(error)
    }
  }

  private fail(error: unknown): void {
    this.failure ??= { error }
    this.job.abort(error)
  }
}

/** As `work`, but an abort is answered in time also where a save or a native call takes long: that goes on alone. */
async function answered<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const wait = () => {
      timer = setTimeout(() => {
        reject(signal.reason as Error)
      }, patience)
    }
    if (signal.aborted) wait()
    else signal.addEventListener('abort', wait, { once: true })
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Aborts `controller` when any of `signals` aborts, until the returned function is called. (AbortSignal.any keeps a
 * reference in a long-lived signal for each call.)
 */
function follow(signals: readonly (AbortSignal | undefined)[], controller: AbortController): () => void {
  const undo = signals.map((signal) => {
    const abort = () => {
      controller.abort(signal?.reason)
    }
    if (signal?.aborted) abort()
    else signal?.addEventListener('abort', abort, { once: true })
    return () => {
      signal?.removeEventListener('abort', abort)
    }
  })
  return () => {
    for (const done of undo) done()
  }
}

function abortAtInterrupt(controller: AbortController): () => void {
  const abort = () => {
    controller.abort(new DOMException('Interrupted', 'AbortError'))
  }
  process.once('SIGINT', abort)
  return () => {
    process.removeListener('SIGINT', abort)
  }
}
