/** How long work takes that is done again and again, told by a few times of it. */

/** What is measured goes on for so long, and at least for so many times. */
const measuredSeconds = 1
const measuredTimes = 2

export const secondsSince = (begun: number): number => (performance.now() - begun) / 1000

export async function timed<T>(work: () => Promise<T>): Promise<{ seconds: number; result: T }> {
  const begun = performance.now()
  const result = await work()
  return { seconds: secondsSince(begun), result }
}

/** A sum of pictures and of the seconds that they took. */
export class Tally {
  times = 0
  pictures = 0
  seconds = 0

  add(pictures: number, seconds: number): void {
    this.times++
    this.pictures += pictures
    this.seconds += seconds
  }

  get isEnough(): boolean {
    return this.times >= measuredTimes && this.seconds >= measuredSeconds
  }

  /** 0 before anything was added. */
  get secondsPerPicture(): number {
    return this.pictures === 0 ? 0 : this.seconds / this.pictures
  }
}

export interface BatchPace {
  readonly secondsPerPicture: number
  /** What the first batch took beyond that, once: buffers, kernels that are chosen, the wait for its pictures. */
  readonly first: number
}

/** Of batches after `start`, one by each `next`, which gives its pictures, and 0 at their end. */
export async function batchPace(start: () => void, next: () => Promise<number>): Promise<BatchPace> {
  start()
  const first = await timed(next)
  const tally = new Tally()
  const add = async (): Promise<boolean> => {
    const { seconds, result } = await timed(next)
    if (result > 0) tally.add(result, seconds)
    return result > 0
  }
  while (!tally.isEnough && (await add()));
  if (tally.times === 0 && first.result > 0) {
    start() // one batch is all: the first one again, when all is warm
    await add()
  }
  const { secondsPerPicture } = tally
  return { secondsPerPicture, first: Math.max(0, first.seconds - first.result * secondsPerPicture) }
}
