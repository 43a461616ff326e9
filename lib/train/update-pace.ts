/** How long the updates of an epoch take, told by a few of them. */
import type { Trial } from './estimate'
import type { Learner } from './learner'
import { updateInMemory } from './out-of-memory'
import { secondsSince, Tally } from './pace'

/** In seconds. */
export interface UpdatePace {
  readonly update: number
  /** What an epoch's first update takes more: pictures are waited for. */
  readonly start: number
}

type Watched = Pick<Trial, 'signal' | 'warn' | 'logEvery'>

/** Of updates of `images` pictures, as the learner makes them now; the first one of all warms up. */
export async function updatePace(
  learner: Learner,
  trial: Watched,
  { epoch, images }: { readonly epoch: number; readonly images: number },
): Promise<UpdatePace> {
  const [first, rest] = [new Tally(), new Tally()]
  const epochs = new Updates(learner, trial, epoch)
  await epochs.next()
  const isEnough = () => rest.isEnough || (learner.stepsPerEpoch < 2 && first.isEnough)
  while (!isEnough()) {
    const { rows, index, seconds } = await epochs.next()
    if (rows === 0) break
    ;(index === 0 ? first : rest).add(rows, seconds)
  }
  const steady = rest.times > 0 ? rest : first
  const update = steady.secondsPerPicture * images
  const extra = first.times > 0 ? first.seconds / first.times - update : 0
  return { update, start: Math.max(0, extra) }
}

/** Updates of one epoch again and again. */
class Updates {
  private index = -1

  constructor(
    private readonly learner: Learner,
    private readonly trial: Watched,
    private readonly epoch: number,
  ) {}

  /** The next one; no rows where bad pictures leave none. */
  async next(): Promise<{ rows: number; index: number; seconds: number }> {
    const { learner, trial, epoch } = this
    const begun = performance.now()
    let rows = 0
    if (this.index >= 0 && this.index + 1 < learner.stepsPerEpoch) rows = await this.update(++this.index)
    if (rows === 0) {
      this.index = 0
      learner.startEpoch(epoch, 0)
      rows = await this.update(0)
    }
    if (trial.logEvery === 1 || this.index % trial.logEvery === 0) await learner.session.readMeans()
    return { rows, index: this.index, seconds: secondsSince(begun) }
  }

  private update(index: number): Promise<number> {
    const { learner, trial, epoch } = this
    const { learningRate } = learner.config
    return updateInMemory(learner, { epoch, index, learningRate }, trial.signal, trial.warn)
  }
}
