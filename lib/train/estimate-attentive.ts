/** An attentive probe's estimate: few pictures are encoded, and a few updates on their tokens reckoned up to the whole recipe. */
import { join } from 'node:path'
import type { Estimate } from '../api'
import { effectiveBatch, type LinearProbeConfig } from '../config'
import { deviceMemory } from '../native'
import { AttentiveProbeLearner } from './attentive-probe'
import { recordData } from './data-record'
import { dryRun } from './dry-run'
import { encodingBatch } from './encode-split'
import { EncodingClock } from './encoding-clock'
import type { Trial } from './estimate'
import { hashingSeconds } from './estimate-probe'
import { timed } from './pace'
import { fewPictures, type Plan } from './plan'
import { prefixCacheFolder } from './prefix-cache'
import { RunFolder } from './run-folder'
import { identityOf } from './run-identity'
import { SnapshotWriter } from './snapshot'
import { initialState } from './state'
import { updatePace } from './update-pace'

/** Updates that an epoch of the trial has, and batches of validation; of either so many batches are encoded at least. */
const [triedUpdates, judgedBatches, encodedBatches] = [4, 4, 3]

/** As if no tokens were kept from before; `bytes` are those of all tensors of the process at their most. */
export async function estimateAttentive(config: LinearProbeConfig, trial: Trial): Promise<Estimate> {
  const { plan, folder, signal, warn } = trial
  const recorded = await timed(() => recordData(plan.dataset, { contents: true, signal }))
  const hashing = config.cache === false ? 0 : await hashingSeconds(plan, signal)
  const part = partOf(plan, config)
  const tried = { ...config, cache: config.cache === false ? false : join(folder, 'cache') }
  const clock = new EncodingClock(warn)
  const own = { folder: prefixCacheFolder(folder), identity: 'estimate' }
  const created = await timed(() =>
    AttentiveProbeLearner.create(part, tried, { ...own, signal, emit: clock.hear }),
  )
  const learner = created.result
  try {
    const perPicture = clock.secondsPerPicture || created.seconds / Math.max(1, clock.pictures)
    const begun = recorded.seconds + hashing + created.seconds - perPicture * clock.pictures
    const encoded = picturesToEncode(plan, learner)
    const taken = await new AttentiveTrial(config, trial, part, learner).measure()
    const { seconds, once, update } = taken
    return {
      seconds: begun + perPicture * encoded + once + Math.min(seconds, config.timeBudgetSeconds ?? Infinity),
      imagesPerSecond: encoded > 0 ? 1 / perPicture : effectiveBatch(config) / update,
      batchSize: Math.min(config.batchSize, learner.microBatch),
      bytes: deviceMemory(plan.device).peak,
    }
  } finally {
    await learner.dispose()
  }
}

function partOf(plan: Plan, config: LinearProbeConfig): Plan {
  const { train, validation } = plan.dataset
  const least = encodedBatches * encodingBatch
  return fewPictures(plan, {
    train: Math.min(train.labels.length, Math.max(triedUpdates * effectiveBatch(config), least)),
    validation: Math.min(validation?.labels.length ?? 0, Math.max(judgedBatches * config.batchSize, least)),
  })
}

/** Those of each view that is kept, and of validation where that is. */
function picturesToEncode({ dataset }: Plan, learner: AttentiveProbeLearner): number {
  const judged = learner.keepsValidation ? (dataset.validation?.labels.length ?? 0) : 0
  return learner.keptViews * dataset.train.labels.length + judged
}

class AttentiveTrial {
  constructor(
    private readonly config: LinearProbeConfig,
    private readonly trial: Trial,
    private readonly part: Plan,
    private readonly learner: AttentiveProbeLearner,
  ) {}

  /** Seconds of all epochs, of what comes once beside them, and of an update. */
  async measure(): Promise<{ seconds: number; once: number; update: number }> {
    const { config, trial, learner } = this
    const folder = await RunFolder.create(trial.folder, 'trial', { config: trial.record, data: {} })
    const snapshots = new SnapshotWriter(folder, learner, {
      identity: identityOf(trial.record),
      modelCard: () => '',
    })
    const dry = await timed(() => dryRun(snapshots, learner, trial.signal, trial.warn))
    await this.prepare()
    const { start, update } = await updatePace(learner, trial, { epoch: 0, images: effectiveBatch(config) })
    const judging = await this.judging()
    const save = await timed(() => snapshots.save(initialState))
    const finish = await timed(async () => {
      await snapshots.save({ ...initialState, finished: true })
      await snapshots.keepAsBest()
    })
    const { epochs, saveEvery } = config
    const seconds = epochs * (start + this.updatesPerEpoch * update + judging)
    return {
      seconds: seconds + Math.floor(epochs / saveEvery) * save.seconds,
      once: dry.seconds + finish.seconds,
      update,
    }
  }

  private prepare(): Promise<void> {
    const { signal, warn } = this.trial
    return this.learner.prepareEpoch(0, { signal, emit: new EncodingClock(warn).hear })
  }

  /** What comes between two epochs: the whole validation set, and the way back to training. The first time warms up. */
  private async judging(): Promise<number> {
    const { learner, trial, part } = this
    const few = part.dataset.validation?.labels.length ?? 0
    if (few === 0) return 0
    await learner.validate?.(trial.signal)
    await this.prepare()
    const judged = await timed(async () => learner.validate?.(trial.signal))
    const back = await timed(() => this.prepare())
    return back.seconds + (judged.seconds * trial.plan.dataset.validation!.labels.length) / few
  }

  /** A last one that is not full counts as the part that it is. */
  private get updatesPerEpoch(): number {
    const updates = this.trial.plan.dataset.train.labels.length / effectiveBatch(this.config)
    return this.config.dropLast ? Math.floor(updates) : updates
  }
}
