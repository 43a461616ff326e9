/** An attentive probe: the encoder frozen, a pooler with a learned query and a linear head trained on its last tokens. */
import { defaultMetric, effectiveBatch, type FreezeStageConfig, type LinearProbeConfig } from '../config'
import { epochOrder, sequentialOrder, type Split } from '../dataset'
import { evaluationLoaderOptions, logitsOf, type ModelDescription } from '../inference'
import { Loader, type Session, type StepMeans } from '../native'
import { epochsWithView, trainableNames, viewOf } from '../schedule'
import { encodingBatch } from './encode-split'
import { setLabelSets } from './label-sets'
import { leftOutBy, newlyLeftOut } from './left-out'
import type { Learner, LeftOut } from './learner'
import { createPlannedModel, describeModel, type Plan } from './plan'
import { configureProbe } from './probe-training'
import { KeptTokens } from './kept-tokens'
import { PrefixCache, tokenSize, type Preparation, type PrefixCacheOptions } from './prefix-cache'
import { rowsInOrder, trainOnRows, type RowOfSample } from './token-updates'
import { trainingLoaderOptions } from './training-loader'
import { validationMetrics, type Validation } from './validation-metrics'

type TokenFolder = Pick<PrefixCacheOptions, 'folder' | 'identity'>

export class AttentiveProbeLearner implements Learner {
  readonly savesModel = false
  readonly stages: readonly FreezeStageConfig[] = [
    { from: 0, train: ['pooler', 'head'], learningRateScale: 1 },
  ]
  readonly stepsPerEpoch: number
  readonly model: ModelDescription
  microBatch: number
  private configured: Parameters<AttentiveProbeLearner['configure']> | undefined
  private preparation: Preparation | undefined
  /** Row of each sample in the tokens that are kept, where this epoch trains on these. */
  private rowOf: RowOfSample | undefined
  private rows = new Int32Array()

  /** Encodes validation, and what the first epoch trains on. */
  static async create(
    plan: Plan,
    config: LinearProbeConfig,
    { signal, emit, ...folder }: TokenFolder & Preparation,
  ): Promise<AttentiveProbeLearner> {
    const session = await createPlannedModel(plan, config, signal)
    const learner = new AttentiveProbeLearner(session, plan, config, { ...folder, signal })
    try {
      const { labelSets } = plan.dataset.train
      if (labelSets) await setLabelSets(session, labelSets)
      await learner.configure(learner.stages[0]!, config.weightDecay)
      await learner.prepareEpoch(0, { signal, emit })
      return learner
    } catch (error) {
      await learner.dispose()
      throw error
    }
  }

  private constructor(
    readonly session: Session,
    private readonly plan: Plan,
    readonly config: LinearProbeConfig,
    { signal, ...folder }: TokenFolder & Pick<Preparation, 'signal'>,
    private readonly tokens = new KeptTokens({
      ...{ session, plan, config, signal },
      ownFiles: new PrefixCache({ session, ...folder, size: tokenSize(plan.encoder.geometry, config) }),
    }),
    private readonly loaders = makeLoaders(plan, config),
  ) {
    this.microBatch = config.batchSize
    this.stepsPerEpoch = loaders.train.batches(plan.dataset.train.labels.length)
    this.model = describeModel(plan, config, 'linear-probe')
  }

  get trained(): Session {
    return this.session
  }

  readMeans(): Promise<StepMeans> {
    return this.session.readMeans()
  }

  /** The final normalisation does not train: it is there to be compared with. */
  async stateNames(): Promise<string[]> {
    const wanted = /^((pooler|head|adamw|sgd|lars|scaler|meter)\.|generator$|norm\.weight$)/
    return (await this.session.tensors()).map(({ name }) => name).filter((name) => wanted.test(name))
  }

  trace(): Promise<Float32Array> {
    return this.session.read('norm.weight')
  }

  withModel<T>(work: () => Promise<T>): Promise<T> {
    return work()
  }

  trainable(stage: FreezeStageConfig): string[] {
    const names = this.session.parameters().map(({ name }) => name)
    return trainableNames(stage.train, names, this.depth)
  }

  async configure(stage: FreezeStageConfig, weightDecay: number): Promise<void> {
    this.configured = [stage, weightDecay]
    await configureProbe(this.session, this.config, {
      trainable: this.trainable(stage),
      weightDecay,
      decayAll: false,
      precision: this.config.precision,
      microBatch: this.microBatch,
      depth: this.depth,
    })
  }

  async useMicroBatch(pictures: number): Promise<void> {
    this.microBatch = pictures
    if (this.configured) await this.configure(...this.configured)
  }

  /** Tokens of validation and of the epoch's view, kept from before or made now, where they are needed more than once. */
  async prepareEpoch(epoch: number, preparation: Preparation): Promise<void> {
    this.preparation = preparation
    await this.validationRows()
    const { views } = this
    this.rowOf = views === null ? undefined : await this.trainRows(viewOf(epoch, views), views, preparation)
  }

  startEpoch(epoch: number, first: number): void {
    const { augmentation, views } = this.config
    const order = epochOrder(this.plan.dataset.train.labels.length, this.plan.seed, epoch)
    const draws = augmentation === null ? 0 : views === null ? epoch : viewOf(epoch, views)
    if (this.rowOf === undefined) this.loaders.train.start(order, draws, first)
    else this.rows = rowsInOrder(order, this.rowOf)
  }

  step(index: number, learningRate: number): Promise<number> {
    if (this.rowOf === undefined) return this.session.trainStep(this.loaders.train, learningRate)
    const { dropLast } = this.config
    const update = { index, size: effectiveBatch(this.config), dropLast, learningRate }
    return trainOnRows(this.session, this.rows, update)
  }

  get validate(): Learner['validate'] {
    const split = this.plan.dataset.validation
    return split ? (signal) => this.metricsOf(split, signal) : undefined
  }

  get chosenBy(): Learner['chosenBy'] {
    return this.config.earlyStopping?.metric ?? defaultMetric(this.plan.dataset)
  }

  async tryValidation(signal?: AbortSignal): Promise<void> {
    const { validation: loader } = this.loaders
    const { validation: split } = this.plan.dataset
    if (!loader || !split) return
    const rows = await this.validationRows()
    const { batchSize } = this.config
    if (rows) {
      await this.logitsOfTokens([...rows].slice(0, batchSize), this.plan.dataset.classes.length, signal)
      return
    }
    loader.start(sequentialOrder(Math.min(batchSize, split.labels.length)), 0)
    await this.session.cancellable(signal, () => this.session.predict(loader, 'fp32'))
  }

  sampleNames(samples: Int32Array): string[] {
    return Array.from(samples, (sample) => this.plan.dataset.train.names[sample] ?? String(sample))
  }

  leftOut(): LeftOut[] {
    const { train, validation } = this.plan.dataset
    const { loaders } = this
    const now = leftOutBy([
      [loaders.train, train],
      [loaders.encoding, train],
      [loaders.validation, validation],
    ])
    return [...now, ...newlyLeftOut(now, this.tokens.leftOut())]
  }

  async dispose(): Promise<void> {
    for (const loader of Object.values(this.loaders)) loader?.dispose()
    await this.session.dispose()
  }

  private get depth(): number {
    return this.plan.encoder.geometry.depth
  }

  /** Views of the training pictures whose tokens are kept: that more than one epoch sees. */
  get keptViews(): number {
    const { views } = this
    if (views === null || this.config.cache === false) return 0
    return Array.from({ length: views }, (_, view) => view).filter((view) => this.comesAgain(view, views))
      .length
  }

  get keepsValidation(): boolean {
    return this.loaders.validation !== undefined && this.config.epochs > 1 && this.config.cache !== false
  }

  /** Null: each epoch draws anew. */
  private get views(): number | null {
    return this.config.augmentation === null ? 1 : this.config.views
  }

  private comesAgain(view: number, views: number): boolean {
    return epochsWithView(this.stages[0]!, this.stages, this.config, { view, views }) > 1
  }

  private trainRows(view: number, views: number, preparation: Preparation): Promise<RowOfSample | undefined> {
    if (!this.comesAgain(view, views)) return Promise.resolve(undefined)
    return this.keptRows(view, this.plan.dataset.train, this.loaders.encoding, preparation)
  }

  private validationRows(): Promise<RowOfSample | undefined> {
    const { preparation, loaders } = this
    const { validation } = this.plan.dataset
    if (!preparation || !validation || !loaders.validation || !this.keepsValidation)
      return Promise.resolve(undefined)
    return this.keptRows('validation', validation, loaders.validation, preparation)
  }

  private keptRows(
    view: number | 'validation',
    split: Split,
    loader: Loader,
    preparation: Preparation,
  ): Promise<RowOfSample | undefined> {
    if (this.config.cache === false) return Promise.resolve(undefined)
    return this.tokens.rows({ split, view, loader }, preparation)
  }

  private async metricsOf(split: Split, signal: AbortSignal | undefined): Promise<Validation> {
    const { session, plan, loaders } = this
    const classes = plan.dataset.classes.length
    const rows = await this.validationRows()
    const order = sequentialOrder(split.labels.length)
    const { logits, samples } = rows
      ? await this.logitsOfTokens([...rows], classes, signal)
      : await logitsOf(session, loaders.validation!, order, classes, { precision: 'fp32', signal })
    return validationMetrics(logits, samples, split, classes)
  }

  private async logitsOfTokens(
    rows: readonly (readonly [sample: number, row: number])[],
    classes: number,
    signal: AbortSignal | undefined,
  ): Promise<{ logits: Float32Array; samples: Int32Array }> {
    const logits = new Float32Array(rows.length * classes)
    for (let begin = 0; begin < rows.length; begin += this.config.batchSize) {
      const part = Int32Array.from(rows.slice(begin, begin + this.config.batchSize), ([, row]) => row)
      const found = await this.session.cancellable(signal, () => this.session.predictOnTokens(part))
      logits.set(found, begin * classes)
    }
    return { logits, samples: Int32Array.from(rows, ([sample]) => sample) }
  }
}

/** Of updates on pictures; of the same pictures once each, for what is kept of them; and of validation. */
function makeLoaders({ dataset, loading, seed }: Plan, config: LinearProbeConfig) {
  const { augmentation, dropLast } = config
  const batchSize = encodingBatch // whatever the recipe's, so that what is kept serves all
  const options = (size: number) => {
    const sized = { ...loading, batchSize: size }
    return augmentation === null
      ? evaluationLoaderOptions(sized)
      : trainingLoaderOptions(sized, augmentation, seed)
  }
  const { train, validation } = dataset
  return {
    train: new Loader(train.table, { ...options(effectiveBatch(config)), dropLast }),
    encoding: new Loader(train.table, options(batchSize)),
    validation:
      validation && new Loader(validation.table, evaluationLoaderOptions({ ...loading, batchSize })),
  }
}
