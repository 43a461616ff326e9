/** What all probes have in common: an encoder that stays as it is, and features of every picture. */
import { defaultMetric, effectiveBatch, type FreezeStageConfig, type LinearProbeConfig } from '../config'
import { epochOrder, type Split } from '../dataset'
import type { ModelDescription } from '../inference'
import type { NamedTensors, Session, StepMeans } from '../native'
import { viewOf } from '../schedule'
import type { EncodedSplit } from './encoder-features'
import type { Learner, LeftOut } from './learner'
import { describeModel, type Plan } from './plan'
import type { Choice } from './sweep'
import { validationMetrics, type Validation } from './validation-metrics'

export interface ProbeParts {
  readonly session: Session
  readonly plan: Plan
  /** With what was chosen in the place of the lists. */
  readonly config: LinearProbeConfig
  readonly train: EncodedSplit
  readonly validation: EncodedSplit | undefined
  readonly choice: Choice | undefined
}

export abstract class ProbeLearner implements Learner {
  readonly savesModel = false
  readonly stages: readonly FreezeStageConfig[] = [{ from: 0, train: ['head'], learningRateScale: 1 }]
  readonly session: Session
  readonly config: LinearProbeConfig
  readonly choice?: Choice
  protected readonly plan: Plan
  protected readonly train: EncodedSplit
  private readonly validation: EncodedSplit | undefined
  private order: Int32Array = new Int32Array()

  abstract readonly trained: NamedTensors
  abstract readonly microBatch: number
  abstract readonly stepsPerEpoch: number

  constructor({ session, plan, config, train, validation, choice }: ProbeParts) {
    this.session = session
    this.plan = plan
    this.config = config
    this.train = train
    this.validation = validation
    if (choice) this.choice = choice
  }

  abstract useMicroBatch(pictures: number): Promise<void>
  abstract stateNames(): Promise<string[]>
  abstract configure(stage: FreezeStageConfig, weightDecay: number): Promise<void>
  abstract step(index: number, learningRate: number): Promise<number>
  abstract readMeans(): Promise<StepMeans>

  get model(): ModelDescription {
    return describeModel(this.plan, this.config, 'linear-probe')
  }

  withModel<T>(work: () => Promise<T>): Promise<T> {
    return work()
  }

  trainable(): string[] {
    return ['head.weight', 'head.bias']
  }

  startEpoch(epoch: number): void {
    const { samples, views } = this.train
    const first = views[viewOf(epoch, views.length)]!
    this.order = epochOrder(samples.length / views.length, this.plan.seed, epoch).map((row) => first + row)
  }

  /** Rows of an update of the epoch. */
  protected rowsOf(index: number): Int32Array {
    const images = effectiveBatch(this.config)
    return this.order.slice(index * images, (index + 1) * images)
  }

  get validate(): Learner['validate'] {
    const { validation } = this
    const split = this.plan.dataset.validation
    return validation && split ? () => this.withModel(() => this.metricsOf(validation, split)) : undefined
  }

  get chosenBy(): Learner['chosenBy'] {
    return this.config.earlyStopping?.metric ?? defaultMetric(this.plan.dataset)
  }

  private async metricsOf({ features, samples }: EncodedSplit, split: Split): Promise<Validation> {
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
