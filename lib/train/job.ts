/** How a run is watched and stopped: signals, listeners and the promise that is also an iterable. */
import type { Control, TrainEvent } from '../api'
import { eventPromise } from './run-promise'

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
 * with its error. With `interrupt`, SIGINT aborts the job.
 */
export function startJob<T>(prepare: () => Job<T>): Promise<T> & AsyncIterable<TrainEvent> {
  return eventPromise(async (queue) => {
    const { options, work } = prepare()
    const own = new AbortController()
    const given = options.signals.filter((signal) => signal !== undefined)
    const signal = AbortSignal.any([own.signal, ...given])
    let ended = false
    const emit = (event: TrainEvent) => {
      if (ended) return // what goes on in the background is nobody's event any more
      queue(event)
      try {
        options.progress.onEvent(event)
        options.onEvent?.(event)
      } catch (error) {
        own.abort(error)
      }
    }
    const interrupted = () => {
      own.abort(new DOMException('Interrupted', 'AbortError'))
    }
    if (options.interrupt) process.once('SIGINT', interrupted)
    try {
      signal.throwIfAborted()
      const result = await work({ signal, emit })
      own.signal.throwIfAborted()
      return result
    } finally {
      ended = true
      process.removeListener('SIGINT', interrupted)
      options.progress.close()
    }
  })
}
