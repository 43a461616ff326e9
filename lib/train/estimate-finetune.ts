/** A fine-tune's estimate: each part of its epochs is timed for a few updates, and reckoned up to the whole recipe. */
import type { Estimate } from '../api'
import { effectiveBatch, type FinetuneConfig } from '../config'
import { sequentialOrder } from '../dataset'
import { evaluationLoader } from '../inference'
import { deviceMemory, type Loader } from '../native'
import { stageAt } from '../schedule'
import { recordData } from './data-record'
import { dryRun } from './dry-run'
import type { Trial } from './estimate'
import { FinetuneLearner } from './finetune'
import { loadedBytes } from './fit-batch'
import { phasesOf, type Phase } from './phases'
import { EncodingClock } from './encoding-clock'
import { batchPace, timed } from './pace'
import { fewPictures, type Plan } from './plan'
import { prefixCacheFolder } from './prefix-cache'
import { RunFolder } from './run-folder'
import { identityOf } from './run-identity'
import { SnapshotWriter } from './snapshot'
import { initialState } from './state'
import { updatePace, type UpdatePace } from './update-pace'

/** Batches of an update at most: of those that accumulate more, what one more takes is told by fewer. */
const mostBatches = 3

/** Updates that an epoch of the trial has where the frozen part's output is kept, which is computed for no more pictures. */
const keptUpdates = 4

/** What the epochs of a phase take, in seconds. */
interface PhaseTimes extends UpdatePace {
  readonly encoding: { readonly perPicture: number; readonly once: number }
  readonly save: number
}

/** `bytes` are those of all tensors of the process at their most. */
export async function estimateFinetune(config: FinetuneConfig, trial: Trial): Promise<Estimate> {
  const { plan, folder, signal } = trial
  const recorded = await timed(() => recordData(plan.dataset, { contents: true, signal }))
  const accumulated = Math.min(config.gradientAccumulation, mostBatches)
  const tried = { ...config, gradientAccumulation: accumulated }
  const cache = { folder: prefixCacheFolder(folder), identity: 'estimate', signal }
  const created = await timed(() => FinetuneLearner.create(partOf(plan, tried), tried, cache))
  const learner = created.result
  const fine = new FinetuneTrial(config, trial, learner)
  try {
    const found = await fine.measure(recorded.seconds + created.seconds)
    const loaded = loadedBytes(plan, effectiveBatch(config)) - loadedBytes(plan, effectiveBatch(tried))
    return { ...found, bytes: deviceMemory(plan.device).peak + loaded }
  } finally {
    await fine.dispose()
  }
}

/** Validation is timed apart; where the frozen part's output is kept, few pictures are enough. */
function partOf(plan: Plan, tried: FinetuneConfig): Plan {
  const { validation: _, ...dataset } = plan.dataset
  if (tried.views === null) return { ...plan, dataset }
  const pictures = Math.min(dataset.train.labels.length, keptUpdates * effectiveBatch(tried))
  return fewPictures(plan, { train: pictures, validation: 0 })
}

class FinetuneTrial {
  private readonly validationLoader: Loader | undefined
  private configured = -1

  constructor(
    private readonly config: FinetuneConfig,
    private readonly trial: Trial,
    private readonly learner: FinetuneLearner,
  ) {
    const { dataset, loading } = trial.plan
    const { batchSize } = config
    this.validationLoader =
      dataset.validation && evaluationLoader(dataset.validation.table, { ...loading, batchSize })
  }

  /** `before`: seconds that have gone by until there was a learner. */
  async measure(before: number): Promise<Omit<Estimate, 'bytes'>> {
    const { config, trial, learner } = this
    const { signal, warn, record } = trial
    const snapshots = await this.snapshots(record)
    await this.configureUpTo(0)
    const dry = await timed(() => dryRun(snapshots, learner, signal, warn))
    const validation = await this.validation()
    const times: (PhaseTimes & Phase)[] = []
    for (const phase of phasesOf(learner, config.epochs))
      times.push({ ...phase, ...(await this.phase(phase, snapshots)) })
    const best = await timed(() => snapshots.keepAsBest())
    const eachEpoch = validation.seconds + (validation.seconds > 0 ? best.seconds : 0)
    const training = times.reduce((sum, phase) => sum + phase.epochs * eachEpoch + this.secondsOf(phase), 0)
    const finish = times.at(-1)!.save + (validation.seconds > 0 ? 0 : best.seconds)
    return {
      seconds:
        before +
        dry.seconds +
        validation.first +
        Math.min(training, config.timeBudgetSeconds ?? Infinity) +
        finish,
      imagesPerSecond: this.imagesPerSecond(times),
      batchSize: Math.min(config.batchSize, learner.microBatch),
    }
  }

  async dispose(): Promise<void> {
    this.validationLoader?.dispose()
    await this.learner.dispose()
  }

  private async snapshots(record: Trial['record']): Promise<SnapshotWriter> {
    const folder = await RunFolder.create(this.trial.folder, 'trial', { config: record, data: {} })
    return new SnapshotWriter(folder, this.learner, { identity: identityOf(record), modelCard: () => '' })
  }

  /** Every stage up to the epoch's, in order, as a run comes to it. */
  private async configureUpTo(epoch: number): Promise<void> {
    const { learner } = this
    const last = learner.stages.indexOf(stageAt(learner.stages, epoch))
    while (this.configured < last)
      await learner.configure(learner.stages[++this.configured]!, learner.config.weightDecay)
  }

  /** Of all of the validation pictures, once or, with averaged weights, twice; `first`: in the dry run. */
  private async validation(): Promise<{ seconds: number; first: number }> {
    const { validationLoader: loader, learner, trial } = this
    const pictures = trial.plan.dataset.validation?.labels.length ?? 0
    if (!loader || pictures === 0) return { seconds: 0, first: 0 }
    const { session } = learner
    const pace = await batchPace(
      () => {
        loader.start(sequentialOrder(pictures), 0)
      },
      async () => {
        const { samples } = await session.cancellable(trial.signal, () => session.predict(loader, 'fp32'))
        return samples.length
      },
    )
    const passes = this.config.ema === 0 ? 1 : 2
    const firstBatch = Math.min(pictures, this.config.batchSize) * pace.secondsPerPicture
    return { seconds: passes * pictures * pace.secondsPerPicture, first: pace.first + firstBatch }
  }

  private async phase(phase: Phase, snapshots: SnapshotWriter): Promise<PhaseTimes> {
    await this.configureUpTo(phase.epoch)
    const encoding = await this.encoding(phase)
    const updates = await this.updates(phase.epoch)
    const save = await timed(() => snapshots.save(initialState))
    return { ...updates, encoding, save: save.seconds }
  }

  private async encoding({ epoch, encodings }: Phase): Promise<PhaseTimes['encoding']> {
    const { learner, trial } = this
    const clock = new EncodingClock(trial.warn)
    const { seconds } = await timed(() =>
      learner.prepareEpoch(epoch, { signal: trial.signal, emit: clock.hear }),
    )
    if (encodings === 0 || clock.pictures === 0) return { perPicture: 0, once: 0 }
    const perPicture = clock.secondsPerPicture || seconds / clock.pictures
    return { perPicture, once: Math.max(0, seconds - perPicture * clock.pictures) }
  }

  private async updates(epoch: number): Promise<UpdatePace> {
    const { config, learner } = this
    const most = learner.config.gradientAccumulation
    const found = await updatePace(learner, this.trial, { epoch, images: config.batchSize * most })
    if (config.gradientAccumulation === most) return found
    const { microBatch } = learner
    await learner.useUpdatesOf(config.batchSize, microBatch)
    const one = await updatePace(learner, this.trial, { epoch, images: config.batchSize })
    await learner.useUpdatesOf(config.batchSize * most, microBatch)
    const each = Math.max(0, found.update - one.update) / (most - 1)
    return { ...found, update: found.update + (config.gradientAccumulation - most) * each }
  }

  /** Of all its epochs, validation and what is kept as the best apart. */
  private secondsOf({ epochs, encodings, update, start, encoding, save }: PhaseTimes & Phase): number {
    const { train, validation } = this.trial.plan.dataset
    const { saveEvery } = this.config
    const saves = epochs / (validation ? 1 : saveEvery) // as if each epoch were the best so far
    return (
      epochs * (start + this.updatesPerEpoch * update) +
      encodings * (encoding.once + encoding.perPicture * train.labels.length) +
      saves * save
    )
  }

  private imagesPerSecond(times: readonly (PhaseTimes & Phase)[]): number {
    const sum = (of: (phase: PhaseTimes & Phase) => number) => times.reduce((all, one) => all + of(one), 0)
    const images = sum(({ epochs }) => epochs * this.updatesPerEpoch * effectiveBatch(this.config))
    return images / sum(({ epochs, start, update }) => epochs * (start + this.updatesPerEpoch * update))
  }

  /** A last one that is not full counts as the part that it is. */
  private get updatesPerEpoch(): number {
    const updates = this.trial.plan.dataset.train.labels.length / effectiveBatch(this.config)
    return this.config.dropLast ? Math.floor(updates) : updates
  }
}
