/** The plain probe: the session's own linear head, trained on kept features. */
import { effectiveBatch, type FreezeStageConfig } from '../config'
import type { Session, StepMeans } from '../native'
import type { Learner } from './learner'
import { configureProbe } from './probe-training'
import { ProbeLearner, type ProbeParts } from './probe-learner'

export class PlainProbeLearner extends ProbeLearner {
  readonly stepsPerEpoch: number
  microBatch: number
  private configured: Parameters<PlainProbeLearner['configure']> | undefined

  constructor(parts: ProbeParts) {
    super(parts)
    const { config, train } = parts
    this.microBatch = config.batchSize
    const updates = train.samples.length / train.views.length / effectiveBatch(config)
    this.stepsPerEpoch = config.dropLast ? Math.floor(updates) : Math.ceil(updates)
  }

  get trained(): Session {
    return this.session
  }

  async stateNames(): Promise<string[]> {
    const wanted = /^((head|adamw|sgd|lars|standardize|meter)\.|generator$)/
    return (await this.session.tensors()).map(({ name }) => name).filter((name) => wanted.test(name))
  }

  /** The features' means, which each checkpoint holds. */
  get trace(): Learner['trace'] {
    return this.config.standardize ? () => this.session.read('standardize.mean') : undefined
  }

  async configure(stage: FreezeStageConfig, weightDecay: number): Promise<void> {
    this.configured = [stage, weightDecay]
    await configureProbe(this.session, this.config, {
      trainable: this.trainable(),
      weightDecay,
      decayAll: this.config.optimizer !== 'lars', // published for matrices alone
      precision: 'fp32',
      microBatch: this.microBatch,
      depth: this.plan.encoder.geometry.depth,
    })
  }

  async useMicroBatch(pictures: number): Promise<void> {
    this.microBatch = pictures
    if (this.configured) await this.configure(...this.configured)
  }

  step(index: number, learningRate: number): Promise<number> {
    return this.session.trainStepOnFeatures(this.train.features, this.rowsOf(index), learningRate)
  }

  readMeans(): Promise<StepMeans> {
    return this.session.readMeans()
  }
}
