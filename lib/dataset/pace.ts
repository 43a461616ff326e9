/** Keeps long loops from holding the event loop: they ask `due()` often and await `rest()` rarely. */
import { setImmediate as nextTurn } from 'node:timers/promises'

const sliceMs = 20

export class Pace {
  private sliceStart = performance.now()

  constructor(readonly signal?: AbortSignal) {
    signal?.throwIfAborted()
  }

  /** True when this slice of work has lasted 20 ms: await `rest()` then. */
  due(): boolean {
    return performance.now() - this.sliceStart > sliceMs
  }

  /** Lets the event loop turn once; rejects with the signal's reason after an abort. */
  async rest(): Promise<void> {
    await nextTurn()
    this.signal?.throwIfAborted()
    this.sliceStart = performance.now()
  }
}

/** Runs `task(i)` for i in [0, count), at most `limit` at a time; the first failure rejects and starts no more. */
export async function forEachConcurrently(
  count: number,
  limit: number,
  pace: Pace,
  task: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0
  let failed = false
  const lane = async (): Promise<void> => {
    while (next < count && !failed) {
      const index = next++
      pace.signal?.throwIfAborted()
      await task(index)
      if (pace.due()) await pace.rest()
    }
  }
  const lanes = Array.from({ length: Math.min(limit, count) }, () =>
    lane().catch((error: unknown) => {
      failed = true
      throw error
    }),
  )
  const ends = await Promise.allSettled(lanes) // no lane may still touch its columns after we return
  const failure = ends.find((end) => end.status === 'rejected')
  if (failure) throw failure.reason
}
