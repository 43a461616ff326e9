/** Linear probing: the encoder frozen, its features computed once and kept, a linear head trained on them. */
import type { Metrics, TrainEvent } from '../api'
import { defaultMetric, effectiveBatch, type FreezeStageConfig, type LinearProbeConfig } from '../config'
import { epochOrder, type Split } from '../dataset'
import type { ModelDescription } from '../inference'
import type { Session } from '../native'
import { parameterGroups, viewOf } from '../schedule'
import { EncoderFeatures, type EncodedSplit, type FeatureSource } from './encoder-features'
import { setLabelSets } from './label-sets'
import type { Learner, LeftOut } from './learner'
import { createPlannedModel, describeModel, type Plan } from './plan'
import { chooseForProbe } from './probe-choice'
import { withChoice, type Choice } from './sweep'
import { validationMetrics } from './validation-metrics'

export interface ProbeOptions {
  readonly signal?: AbortSignal
  readonly emit: (event: TrainEvent) => void
  /** What an earlier session of the run has chosen. */
  readonly choice?: Choice
  /** In the encoder's place, for a model that was made. */
  readonly features?: ((session: Session) => Promise<FeatureSource>) | undefined
}

export class LinearProbeLearner implements Learner {
  readonly savesModel = false
  readonly stages: readonly FreezeStageConfig[] = [{ from: 0, train: ['head'], learningRateScale: 1 }]
  readonly stepsPerEpoch: number
  readonly model: ModelDescription
  microBatch: number
  private configured: Parameters<LinearProbeLearner['configure']> | undefined
  private order: Int32Array = new Int32Array()

  /** Encodes train and validation. */
  static async create(
    plan: Plan,
    config: LinearProbeConfig,
    options: ProbeOptions,
  ): Promise<LinearProbeLearner> {
    const { dataset } = plan
    const { signal, emit } = options
    const session = await createPlannedModel(plan, config, options.signal)
    try {
      const encoder =
        (await options.features?.(session)) ?? new EncoderFeatures(session, plan, config, { signal, emit })
      const train = await encoder.trained(dataset.train)
      const validation = dataset.validation && (await encoder.evaluated(dataset.validation))
      if (config.standardize) await session.standardize(train.features)
      const { labelSets } = dataset.train
      if (labelSets) {
        await setLabelSets(
          session,
          Array.from(train.samples, (sample) => labelSets[sample]!),
        )
      }
      const { cacheFolder: cacheDirectory } = encoder
      const tried = () =>
        chooseForProbe({ session, plan, config, train, validation, cacheDirectory, signal, emit })
      const choice = config.sweep === null ? undefined : (options.choice ?? (await tried()))
      const taken = choice ? withChoice(config, choice) : config
      return new LinearProbeLearner(session, plan, taken, train, validation, choice)
    } catch (error) {
      await session.dispose()
      throw error
    }
  }

  private constructor(
    readonly session: Session,
    private readonly plan: Plan,
    readonly config: LinearProbeConfig,
    private readonly train: EncodedSplit,
    private readonly validation: EncodedSplit | undefined,
    readonly choice?: Choice,
  ) {
    this.microBatch = config.batchSize
    const updates = train.samples.length / train.views.length / effectiveBatch(config)
    this.stepsPerEpoch = config.dropLast ? Math.floor(updates) : Math.ceil(updates)
    this.model = describeModel(plan, config, 'linear-probe')
  }

  async stateNames(): Promise<string[]> {
    const wanted = /^((head|adamw|sgd|lars|standardize|meter)\.|generator$)/
    return (await this.session.tensors()).map(({ name }) => name).filter((name) => wanted.test(name))
  }

  withModel<T>(work: () => Promise<T>): Promise<T> {
    return work()
  }

  /** The features' means, which each checkpoint holds. */
  get trace(): Learner['trace'] {
    return this.config.standardize ? () => this.session.read('standardize.mean') : undefined
  }

  trainable(): string[] {
    return ['head.weight', 'head.bias']
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

  startEpoch(epoch: number): void {
    const { samples, views } = this.train
    const first = views[viewOf(epoch, views.length)]!
    this.order = epochOrder(samples.length / views.length, this.plan.seed, epoch).map((row) => first + row)
  }

  step(index: number, learningRate: number): Promise<number> {
    const images = effectiveBatch(this.config)
    const rows = this.order.slice(index * images, (index + 1) * images)
    return this.session.trainStepOnFeatures(this.train.features, rows, learningRate)
  }

  get validate(): Learner['validate'] {
    const { validation } = this
    const split = this.plan.dataset.validation
    return validation && split ? () => this.metricsOf(validation, split) : undefined
  }

  get chosenBy(): Learner['chosenBy'] {
    return this.config.earlyStopping?.metric ?? defaultMetric(this.plan.dataset)
  }

  private async metricsOf({ features, samples }: EncodedSplit, split: Split): Promise<Metrics> {
    const logits = await this.session.predictOnFeatures(features, 0, samples.length)
    return validationMetrics(logits, samples, split, this.plan.dataset.classes.length)
  }

  sampleNames(rows: Int32Array): string[] {
    return Array.from(
      rows,
      (row) => this.plan.dataset.train.names[this.train.samples[row] ?? -1] ?? String(row),
    )
  }

  leftOut(): LeftOut[] {
    return [...this.train.leftOut, ...(this.validation?.leftOut ?? [])]
  }

  async dispose(): Promise<void> {
    this.train.features.dispose()
    this.validation?.features.dispose()
    await this.session.dispose()
  }
}
