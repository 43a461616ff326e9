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
  const promise = watched(work, queue)
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

/** Tells the queue of the end without handling a rejection: one that nobody awaits or iterates must be heard of. */
async function watched<T>(
  work: (emit: (event: TrainEvent) => void) => Promise<T>,
  queue: EventQueue,
): Promise<T> {
  try {
    const result = await work((event) => {
      queue.push(event)
    })
    queue.end()
    return result
  } catch (reason) {
    queue.end({ reason })
    throw reason
  }
}

class EventQueue {
  private events: TrainEvent[] = []
  private steps = 0
  private ended = false
  private failure: { reason: unknown } | undefined
  private detached = false
  private readonly waiters: (() => void)[] = []

  push(event: TrainEvent): void {
    if (this.detached || this.ended) return
    this.events.push(event)
    if (event.type === 'step' && ++this.steps > waitingStepEvents) this.dropOldestStep()
    this.wake()
  }

  end(failure?: { reason: unknown }): void {
    this.ended = true
    this.failure = failure
    this.wake()
  }

  iterator(): AsyncIterableIterator<TrainEvent> {
    const iterator: AsyncIterableIterator<TrainEvent> = {
      next: () => this.next(),
      return: () => {
        this.detached = true
        this.events = []
        this.wake()
        return Promise.resolve({ done: true, value: undefined })
      },
      [Symbol.asyncIterator]: () => iterator,
    }
    return iterator
  }

  /** The next event; after the last one the end of the run, which throws if the run failed. */
  private async next(): Promise<IteratorResult<TrainEvent, undefined>> {
    while (this.events.length === 0 && !this.ended && !this.detached) {
      await new Promise<void>((resolve) => this.waiters.push(resolve))
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

  /** All that wait look again, in the order in which they asked. */
  private wake(): void {
    for (const wake of this.waiters.splice(0)) wake()
  }

  private dropOldestStep(): void {
    const oldest = this.events.findIndex(({ type }) => type === 'step')
    this.events.splice(oldest, 1)
    this.steps--
  }
}
