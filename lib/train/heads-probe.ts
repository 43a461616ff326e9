/** A probe whose head trains beside the session: behind batch norm, on features that were chosen, or by plain momentum. */
import { IjepaError } from '../errors'
import type { Features, Heads, StepMeans } from '../native'
import { groupsOf } from './candidates'
import { headsConfig, updatesPerEpoch } from './probe-heads'
import { asSeen } from './probe-choice'
import { ProbeLearner, type ProbeParts } from './probe-learner'

export class HeadsProbeLearner extends ProbeLearner {
  readonly microBatch = 1 // an update is computed as one: less memory for it cannot be had
  readonly stepsPerEpoch: number

  /** @param parts of one candidate: nothing is left to choose; `prepared` as when features were encoded */
  static async create(parts: ProbeParts, prepared: ProbeParts['config']): Promise<HeadsProbeLearner> {
    const { session, plan, config, train } = parts
    const seen = await asSeen(session, prepared, train.features)
    const shape = {
      embedDim: plan.encoder.geometry.embedDim,
      classes: plan.dataset.classes.length,
      seed: plan.seed,
    }
    const heads = await session.createHeads(headsConfig(config, groupsOf(config), shape))
    await session.adoptHead(heads, 0)
    return new HeadsProbeLearner(parts, heads, seen)
  }

  private constructor(
    parts: ProbeParts,
    readonly trained: Heads,
    /** Train's features as the head sees them. */
    private readonly seen: Features,
  ) {
    super(parts)
    const { samples, views } = this.train
    this.stepsPerEpoch = updatesPerEpoch(samples.length / views.length, this.config, groupsOf(this.config))
  }

  async stateNames(): Promise<string[]> {
    return (await this.trained.tensors())
      .map(({ name }) => name)
      .filter((name) => !name.startsWith('classifier.'))
  }

  /** Batch norm folded in. */
  override async withModel<T>(work: () => Promise<T>): Promise<T> {
    await this.session.adoptHead(this.trained, 0)
    return work()
  }

  async configure(): Promise<void> {
    // The heads know their optimizer from the start.
  }

  async useMicroBatch(): Promise<void> {
    // There is but one way.
  }

  async step(index: number, learningRate: number): Promise<number> {
    const rows = this.rowsOf(index)
    await this.trained.step(this.seen, rows, Float64Array.of(learningRate))
    return rows.length
  }

  /** @throws ERR_LOSS_NOT_FINITE: the weights are no numbers any more */
  async readMeans(): Promise<StepMeans> {
    const { loss, top1, gradientNorm, samples, updates } = await this.trained.readMeans()
    if (updates > 0 && !Number.isFinite(loss[0])) {
      const message =
        'The loss of the head is no number any more: lower the learning rate, and start a new run'
      throw new IjepaError('ERR_LOSS_NOT_FINITE', message)
    }
    return {
      loss: loss[0]!,
      top1: top1[0]!,
      gradientNorm: gradientNorm[0]!,
      samples,
      updates,
      skipped: 0,
      skippedSamples: new Int32Array(),
    }
  }

  override async dispose(): Promise<void> {
    this.trained.dispose()
    if (this.seen !== this.train.features) this.seen.dispose()
    await super.dispose()
  }
}
