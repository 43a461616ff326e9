/** Probes that are fitted in one step: logistic regression, and neighbours that vote. */
import { layersOf, type HeadFeatures } from '../checkpoint'
import { epochOrder, sequentialOrder } from '../dataset'
import type { Features, NamedTensors, StepMeans } from '../native'
import { groupsOf } from './candidates'
import { endedEarly, fitLogistic } from './logistic-fit'
import { neighborScores } from './neighbor-votes'
import { headsConfig } from './probe-heads'
import { asSeen, labelsOf } from './probe-choice'
import { ProbeLearner, type ProbeParts } from './probe-learner'

/** Training pictures whose votes are the metrics of training, at most. */
const judgedByVotes = 10_000

export interface FittedProbeOptions {
  readonly signal: AbortSignal | undefined
  readonly warn: (message: string) => void
}

export class FittedProbeLearner extends ProbeLearner {
  readonly atOnce = true
  readonly microBatch = 1 // all pictures are one
  readonly stepsPerEpoch = 1
  private means: StepMeans = nothing

  static async create(
    parts: ProbeParts,
    prepared: ProbeParts['config'],
    options: FittedProbeOptions,
  ): Promise<FittedProbeLearner> {
    return new FittedProbeLearner(parts, await asSeen(parts.session, prepared, parts.train.features), options)
  }

  private constructor(
    parts: ProbeParts,
    /** Train's features as the head sees them. */
    private readonly seen: Features,
    private readonly options: FittedProbeOptions,
  ) {
    super(parts)
  }

  get trained(): NamedTensors {
    return this.session
  }

  /** Before its one step there is nothing to keep, and after it there is the model. */
  stateNames(): Promise<string[]> {
    return Promise.resolve([])
  }

  override trainable(): string[] {
    return this.config.head === 'logistic' ? super.trainable() : []
  }

  async configure(): Promise<void> {
    // It has no optimizer.
  }

  async useMicroBatch(): Promise<void> {
    // There is but one way.
  }

  async step(): Promise<number> {
    const samples = this.train.samples.length
    const found = await (this.config.head === 'logistic' ? this.fitLogistic() : this.keepNeighbors())
    this.means = { ...nothing, ...found, samples, updates: 1 }
    return samples
  }

  readMeans(): Promise<StepMeans> {
    const { means } = this
    this.means = nothing
    return Promise.resolve(means)
  }

  private async fitLogistic() {
    const { session, plan, config, seen } = this
    const { signal, warn } = this.options
    const train = { features: seen, rows: sequentialOrder(seen.rows) }
    const heads = await session.createHeads(
      headsConfig(config, groupsOf(config), { ...this.shape, seed: plan.seed }),
    )
    try {
      const { c: strengths, intercept } = config
      const fit = await fitLogistic({ session, heads, train, strengths, intercept, signal })
      if (endedEarly(fit)) {
        warn(
          `The logistic regression with C ${strengths[0]} had not converged after ${fit.iterations[0]} iterations (largest gradient ${fit.gradient[0]!.toExponential(1)}): a smaller C, or standardize: true, converges sooner`,
        )
      }
      const { loss, top1 } = await session.cancellable(signal, () => heads.scores(seen, train.rows))
      await session.adoptHead(heads, 0)
      return { loss: loss[0]!, top1: top1[0]!, gradientNorm: fit.gradient[0]! }
    } finally {
      heads.dispose()
    }
  }

  /** Its metrics of training are votes on training pictures, each of which has its own vote too. */
  private async keepNeighbors() {
    const { session, plan, config, seen } = this
    const { embedDim, classes } = this.shape
    const columns = layersOf[config.features as HeadFeatures] * embedDim
    const voting = { classes, columns, neighbors: Int32Array.from(config.k), temperature: config.temperature }
    const train = { features: seen, rows: sequentialOrder(seen.rows) }
    const judged = epochOrder(seen.rows, plan.seed, 0).slice(0, judgedByVotes)
    const votes = await session.cancellable(this.options.signal, () =>
      session.neighborVotes(train, { features: seen, rows: judged }, voting),
    )
    await session.keepNeighbors(train, voting)
    const samples = judged.map((row) => this.train.samples[row]!)
    const [scores] = neighborScores(votes, labelsOf(plan.dataset.train, samples), voting)
    return { ...scores!, gradientNorm: 0 }
  }

  private get shape() {
    const { encoder, dataset } = this.plan
    return { embedDim: encoder.geometry.embedDim, classes: dataset.classes.length }
  }

  override async dispose(): Promise<void> {
    if (this.seen !== this.train.features) this.seen.dispose()
    await super.dispose()
  }
}

const nothing: StepMeans = {
  loss: NaN,
  top1: NaN,
  gradientNorm: 0,
  samples: 0,
  updates: 0,
  skipped: 0,
  skippedSamples: new Int32Array(),
}
