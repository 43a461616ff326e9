/** The plain probe: the session's own linear head, trained on kept features. */
import { effectiveBatch, type FreezeStageConfig } from '../config'
import type { Session, StepMeans } from '../native'
import { parameterGroups } from '../schedule'
import type { Learner } from './learner'
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
    const { optimizer, betas, epsilon, momentum, clipGradient } = this.config
    const groups = parameterGroups(this.session.parameters(), {
      trainable: this.trainable(),
      layerDecay: 1,
      weightDecay,
      depth: this.plan.encoder.geometry.depth,
      learningRateScale: 1,
      decayAll: optimizer !== 'lars', // published for matrices alone
    })
    const [beta1, beta2] = betas
    await this.session.configureTraining({
      optimizer,
      beta1,
      beta2,
      epsilon,
      momentum,
      groups,
      precision: 'fp32',
      loss: this.config.loss,
      labelSmoothing: 0,
      classWeights: [],
      mixup: 0,
      cutmix: 0,
      mixupSwitchProbability: 0,
      microBatch: this.microBatch,
      clipGradient,
      dropPath: 0,
      average: 0,
      checkpointing: false,
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
