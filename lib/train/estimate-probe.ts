/** A probe's estimate: few pictures are encoded, and a short run is made on as many features as there will be. */
import type { Estimate, TrainEvent } from '../api'
import type { LinearProbeConfig } from '../config'
import { contentFingerprint, evenOrder, subset } from '../dataset'
import { deviceMemory, type Session } from '../native'
import { featureBytes } from './candidates'
import { recordData } from './data-record'
import type { Trial } from './estimate'
import { hashEncoder } from './feature-key'
import { secondsSince, timed } from './pace'
import { fewPictures, type Plan } from './plan'
import { train } from './run'
import { RunFolder } from './run-folder'
import { SampledFeatures } from './sampled-features'

/** Features that the trial has at most; what more take is reckoned. */
const mostRows = 1 << 16

/** Rows that the trial's epochs are over, all together, and how many epochs these are at least and at most. */
const trainedRows = 200_000
const [leastEpochs, mostEpochs] = [4, 20]

/** Pictures whose hashing is timed. */
const hashedPictures = 256

/** Of one on pooled features, as if none were kept; `bytes` are those of all tensors of the process at their most. */
export async function estimateProbe(config: LinearProbeConfig, trial: Trial): Promise<Estimate> {
  const { plan, folder, record, signal, logEvery } = trial
  const recorded = await timed(() => recordData(plan.dataset, { contents: true, signal }))
  const part = new Part(plan, config)
  const epochs = Math.min(config.epochs, part.epochs)
  const short = {
    ...config,
    epochs,
    cache: false,
    earlyStopping: null,
    timeBudgetSeconds: null,
    saveEvery: epochs,
  }
  const clock = new EpochClock()
  const background: Promise<void>[] = []
  const sampled = new SampledFeatures(part.plan, short, { folder, signal })
  const begun = performance.now()
  let keeping = 0
  try {
    const runFolder = await RunFolder.create(folder, 'trial', { config: record, data: {} })
    await train({
      plan: part.plan,
      recipe: { kind: 'linear-probe', config: short },
      folder: runFolder,
      record,
      modelCard: () => '',
      logEvery,
      signal,
      emit: (event) => {
        clock.hear(event)
      },
      inBackground: (work) => void background.push(work),
      features: async (session) => {
        clock.created = secondsSince(begun)
        if (config.cache !== false) keeping = await keepingSeconds(plan, session, signal)
        sampled.session = session
        return sampled
      },
    })
  } finally {
    await Promise.allSettled(background)
  }
  const onFeatures = secondsSince(begun) - clock.created - keeping - sampled.seconds
  const more = (config.epochs - epochs) * (clock.epoch + clock.sweep)
  const tooMuch = Math.max(
    0,
    config.epochs * clock.epoch * part.scale - (config.timeBudgetSeconds ?? Infinity),
  )
  const encoding = sampled.encodingSeconds(plan)
  const pictures = part.trainRows + (plan.dataset.validation?.labels.length ?? 0)
  return {
    seconds:
      recorded.seconds +
      clock.created +
      encoding +
      keeping +
      (config.cache === false ? 0 : pictures * sampled.writing) +
      part.scale * (onFeatures + more) -
      tooMuch,
    imagesPerSecond: pictures / encoding,
    batchSize: config.batchSize,
    bytes: Math.max(deviceMemory(plan.device).peak, sampled.peak) + part.bytesBeyond,
  }
}

/** What of the pictures the trial has features of. */
class Part {
  readonly plan: Plan
  /** Rows of training features of all pictures. */
  readonly trainRows: number
  private readonly rows: number

  constructor(
    private readonly whole: Plan,
    private readonly config: LinearProbeConfig,
  ) {
    const { train: all, validation } = whole.dataset
    const views = config.views ?? 1
    const pictures = Math.min(all.labels.length, Math.max(1, Math.floor(mostRows / views)))
    this.plan = fewPictures(whole, {
      train: pictures,
      validation: Math.min(mostRows, validation?.labels.length ?? 0),
    })
    this.rows = pictures * views
    this.trainRows = all.labels.length * views
  }

  get epochs(): number {
    const perEpoch = this.plan.dataset.train.labels.length
    return Math.min(mostEpochs, Math.max(leastEpochs, Math.round(trainedRows / perEpoch)))
  }

  /** How many times as many features the run has. */
  get scale(): number {
    return this.trainRows / this.rows
  }

  /** Of the features that the trial does not have, and of their copy for a sweep. */
  get bytesBeyond(): number {
    const { config } = this
    const { geometry } = this.whole.encoder
    const kept = featureBytes(geometry, config)
    const copied = config.sweep !== null && config.standardize
    const standardized = copied ? featureBytes(geometry, { ...config, precision: 'fp32' }) : 0
    const unseen =
      (this.whole.dataset.validation?.labels.length ?? 0) - (this.plan.dataset.validation?.labels.length ?? 0)
    return (kept + standardized) * (this.trainRows - this.rows) + kept * unseen
  }
}

/** What a run's events tell of its epochs, in seconds. */
class EpochClock {
  /** From the beginning until there was a model. */
  created = 0
  private readonly ends: Record<'epoch' | 'sweep', number[]> = { epoch: [], sweep: [] }

  hear(event: TrainEvent): void {
    if (event.type === 'epoch') this.ends.epoch.push(performance.now())
    if (event.type === 'evaluate' && event.suite === 'sweep') this.ends.sweep.push(performance.now())
  }

  /** An epoch with its validation; the first one warms up. */
  get epoch(): number {
    return meanDistance(this.ends.epoch) / 1000
  }

  /** An epoch of all heads of a sweep; 0 without one. */
  get sweep(): number {
    return meanDistance(this.ends.sweep) / 1000
  }
}

const meanDistance = (times: readonly number[]): number =>
  times.length < 2 ? 0 : (times.at(-1)! - times[0]!) / (times.length - 1)

/** For a cache, weights and pictures are hashed. */
async function keepingSeconds(plan: Plan, session: Session, signal: AbortSignal): Promise<number> {
  const { seconds } = await timed(() => hashEncoder(session, signal))
  return seconds + (await hashingSeconds(plan, signal))
}

/** Of the contents of all pictures. */
export async function hashingSeconds(plan: Plan, signal: AbortSignal): Promise<number> {
  const { train: all, validation } = plan.dataset
  const pictures = all.labels.length + (validation?.labels.length ?? 0)
  const few = subset(all, evenOrder(all.labels.length, hashedPictures))
  const hashed = await timed(() => contentFingerprint(few.table, { signal }))
  return (hashed.seconds / few.labels.length) * pictures
}
