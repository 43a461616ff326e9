/** Linear probing: the encoder frozen, its features computed once and kept, a linear head trained on them. */
import type { Metrics, TrainEvent } from '../api'
import { layersOf } from '../checkpoint'
import { effectiveBatch, type FreezeStageConfig, type LinearProbeConfig, type SweepConfig } from '../config'
import { epochOrder, heldOutRows, sequentialOrder, type Split } from '../dataset'
import type { ModelDescription } from '../inference'
import type { FeatureRows, Features, Session } from '../native'
import { parameterGroups, viewOf } from '../schedule'
import { EncoderFeatures, type EncodedSplit } from './encoder-features'
import { setLabelSets } from './label-sets'
import type { Learner, LeftOut } from './learner'
import { createPlannedModel, describeModel, type Plan } from './plan'
import { chooseBySweep, withChoice, type Choice } from './sweep'
import { validationMetrics } from './validation-metrics'

export interface ProbeOptions {
  readonly signal?: AbortSignal
  readonly emit: (event: TrainEvent) => void
  /** What an earlier session of the run has chosen. */
  readonly choice?: Choice
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
      const encoder = new EncoderFeatures(session, plan, config, { signal, emit })
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
      const probe = new LinearProbeLearner(session, plan, config, train, validation)
      return config.sweep === null ? probe : await probe.chosen(config.sweep, options)
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

  /** The same features with the hyper-parameters that a sweep takes, or took. */
  private async chosen(sweep: SweepConfig, options: ProbeOptions): Promise<LinearProbeLearner> {
    const choice = options.choice ?? (await this.choose(sweep, options))
    const { session, plan, config, train, validation } = this
    return new LinearProbeLearner(session, plan, withChoice(config, choice), train, validation, choice)
  }

  private async choose(sweep: SweepConfig, { signal, emit }: ProbeOptions): Promise<Choice> {
    const { session, plan, config, validation } = this
    const prepared: Features[] = []
    try {
      const see = async ({ features }: EncodedSplit): Promise<Features> => {
        if (!config.standardize) return features
        const seen = session.createFeatures(layersOf[config.features])
        prepared.push(seen)
        await session.appendStandardized(features, seen)
        return seen
      }
      const features = await see(this.train)
      const all = sequentialOrder(this.train.samples.length)
      let train: FeatureRows = { features, rows: all }
      let judge: FeatureRows
      if (sweep.select === 'validation') {
        judge = { features: await see(validation!), rows: sequentialOrder(validation!.samples.length) }
      } else {
        const { groupBy, seed, dataset } = plan
        const { fraction } = sweep.select
        const isHeldOut = await heldOutRows(dataset.train, { fraction, seed, groupBy, signal })
        const side = (bit: number) => all.filter((row) => isHeldOut[this.train.samples[row]!] === bit)
        train = { features, rows: side(0) }
        judge = { features, rows: side(1) }
      }
      const columns = layersOf[config.features] * plan.encoder.geometry.embedDim
      const classes = plan.dataset.classes.length
      return await chooseBySweep({
        session,
        config: { ...config, sweep },
        train,
        judge,
        columns,
        classes,
        seed: plan.seed,
        signal,
        emit,
      })
    } finally {
      for (const features of prepared) features.dispose()
    }
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
    return this.plan.dataset.multiLabel ? 'mAP' : 'top1'
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
