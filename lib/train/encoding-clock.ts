/** What the encoding of pictures takes, told by its events. */
import type { TrainEvent } from '../api'
import { secondsSince, Tally } from './pace'
import type { Warn } from './snapshot'

export class EncodingClock {
  /** That were encoded. */
  pictures = 0
  private readonly tally = new Tally()
  private done = 0
  private total = 0
  private at = 0

  constructor(private readonly warn: Warn) {}

  /** Batches of one set of pictures, then perhaps of another; the first of each warms up. */
  readonly hear = (event: TrainEvent): void => {
    if (event.type === 'warning') this.warn(event.code, event.message)
    if (event.type !== 'evaluate') return
    const goesOn = event.total === this.total && this.done < event.done
    const before = goesOn ? this.done : 0
    if (before > 0) this.tally.add(event.done - before, secondsSince(this.at))
    this.pictures += event.done - before
    ;[this.done, this.total] = [event.done, event.total]
    this.at = performance.now()
  }

  /** Of batches after the first; 0 where there are none. */
  get secondsPerPicture(): number {
    return this.tally.secondsPerPicture
  }
}
