/** A promise that is also an iterable of events, as RunPromise and ReportPromise in lib/api.ts say. */
import type { TrainEvent } from '../api'
import { IjepaError } from '../errors'

/** Step events that wait at most; of the other kinds none is ever dropped. */
const waitingStepEvents = 1000

/** Starts `work` with the function that emits its events. */
export function eventPromise<T>(
  work: (emit: (event: TrainEvent) => void) => Promise<T>,
): Promise<T> & AsyncIterable<TrainEvent> {
  const queue = new EventQueue()
  const promise = work((event) => {
    queue.push(event)
  })
  promise.then(
    () => {
      queue.end()
    },
    (reason: unknown) => {
      queue.end({ reason })
    },
  )
  let iterated = false
  return Object.assign(promise, {
    [Symbol.asyncIterator]() {
      if (iterated)
        throw new IjepaError('ERR_ARGUMENT', 'The events of a run can be iterated once: keep what you need')
      iterated = true
      promise.catch(() => undefined) // the iterator throws it
      return queue.iterator()
    },
  })
}

class EventQueue {
  private events: TrainEvent[] = []
  private steps = 0
  private ended = false
  private failure: { reason: unknown } | undefined
  private detached = false
  private wake: (() => void) | undefined

  push(event: TrainEvent): void {
    if (this.detached || this.ended) return
    this.events.push(event)
    if (event.type === 'step' && ++this.steps > waitingStepEvents) this.dropOldestStep()
    this.wake?.()
  }

  end(failure?: { reason: unknown }): void {
    this.ended = true
    this.failure = failure
    this.wake?.()
  }

  iterator(): AsyncIterator<TrainEvent, undefined> {
    return {
      next: () => this.next(),
      return: () => {
        this.detached = true
        this.events = []
        this.wake?.()
        return Promise.resolve({ done: true, value: undefined })
      },
    }
  }

  /** The next event; after the last one the end of the run, which throws if the run failed. */
  private async next(): Promise<IteratorResult<TrainEvent, undefined>> {
    while (this.events.length === 0 && !this.ended && !this.detached) {
      await new Promise<void>((resolve) => (this.wake = resolve))
    }
    const event = this.events.shift()
    if (event !== undefined) {
      if (event.type === 'step') this.steps--
      return { done: false, value: event }
    }
    const failure = this.failure
    this.failure = undefined
    if (failure && !this.detached) throw failure.reason
    return { done: true, value: undefined }
  }

  private dropOldestStep(): void {
    const oldest = this.events.findIndex(({ type }) => type === 'step')
    this.events.splice(oldest, 1)
    this.steps--
  }
}
