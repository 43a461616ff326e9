/** Fine-tuning: the encoder, or the part that the freezing stages name, trains with the head on pictures. */
import type { LoaderOptions } from '../../binding.gyp'
import { defaultMetric, effectiveBatch, type FinetuneConfig, type FreezeStageConfig } from '../config'
import { epochOrder, sequentialOrder, type Split } from '../dataset'
import { evaluationLoader, logitsOf, type ModelDescription } from '../inference'
import { Loader, type Session, type StepMeans } from '../native'
import {
  epochsWithView,
  frozenPrefix,
  newcomersOf,
  parameterGroups,
  stageAt,
  trainableNames,
  viewOf,
  type FrozenPrefix,
} from '../schedule'
import { classWeights } from './class-weights'
import { setLabelSets } from './label-sets'
import { leftOutBy } from './left-out'
import type { Learner, LeftOut } from './learner'
import { createPlannedModel, describeModel, type Plan } from './plan'
import { PrefixCache, tokenSize, type Preparation, type PrefixCacheOptions } from './prefix-cache'
import { rowsInOrder, trainOnRows, type RowOfSample } from './token-updates'
import { trainingLoaderOptions } from './training-loader'
import { validationMetrics, type Validation } from './validation-metrics'

export class FinetuneLearner implements Learner {
  readonly savesModel = true
  readonly stages: readonly FreezeStageConfig[]
  stepsPerEpoch: number
  readonly model: ModelDescription
  microBatch: number
  private configured: Parameters<FinetuneLearner['configure']> | undefined
  private trainLoader: Loader
  private readonly trainOptions: LoaderOptions
  /** The same pictures once each, for what is kept of them. */
  private readonly encodingLoader: Loader
  private readonly validationLoader: Loader | undefined
  private readonly prefixCache: PrefixCache
  private readonly prefixes = new Map<FreezeStageConfig, FrozenPrefix | undefined>()
  /** Row of each sample in the output that is kept, where this epoch trains on that. */
  private rowOf: RowOfSample | undefined
  private rows = new Int32Array()
  /** Pictures of an update. */
  private updateSize: number

  static async create(
    plan: Plan,
    config: FinetuneConfig,
    {
      signal,
      ...cache
    }: Pick<PrefixCacheOptions, 'folder' | 'identity'> & { signal: AbortSignal | undefined },
  ): Promise<FinetuneLearner> {
    const session = await createPlannedModel(plan, config, signal)
    const { labelSets } = plan.dataset.train
    if (labelSets) await setLabelSets(session, labelSets)
    return new FinetuneLearner(session, plan, config, cache)
  }

  private constructor(
    readonly session: Session,
    private readonly plan: Plan,
    readonly config: FinetuneConfig,
    cache: Pick<PrefixCacheOptions, 'folder' | 'identity'>,
  ) {
    const { dataset } = plan
    this.microBatch = config.batchSize
    this.updateSize = effectiveBatch(config)
    this.prefixCache = new PrefixCache({ session, ...cache, size: tokenSize(plan.encoder.geometry, config) })
    this.stages = config.freeze
    this.trainOptions = trainLoaderOptions(plan, config)
    this.trainLoader = new Loader(dataset.train.table, this.trainOptions)
    this.encodingLoader = new Loader(dataset.train.table, {
      ...this.trainOptions,
      batchSize: config.batchSize,
      dropLast: false,
    })
    this.stepsPerEpoch = this.trainLoader.batches(dataset.train.labels.length)
    this.validationLoader =
      dataset.validation &&
      evaluationLoader(dataset.validation.table, { ...plan.loading, batchSize: config.batchSize })
    this.model = describeModel(plan, config, 'finetune')
  }

  get trained(): Session {
    return this.session
  }

  readMeans(): Promise<StepMeans> {
    return this.session.readMeans()
  }

  async stateNames(): Promise<string[]> {
    const names = (await this.session.tensors()).map(({ name }) => name)
    // The model holds the averages; what trains lies beside it.
    const averaged = names.filter((name) => name.startsWith('ema.average.'))
    const wanted = /^((adamw|sgd|lars|scaler|meter)\.|ema\.step$|generator$)/
    return [
      ...averaged.map((name) => name.slice('ema.average.'.length)),
      ...names.filter((name) => wanted.test(name)),
    ]
  }

  async withModel<T>(work: () => Promise<T>): Promise<T> {
    if (this.config.ema === 0) return work()
    await this.session.useAverages(true)
    try {
      return await work()
    } finally {
      await this.session.useAverages(false)
    }
  }

  trainable(stage: FreezeStageConfig): string[] {
    const names = this.session.parameters().map(({ name }) => name)
    return trainableNames(stage.train, names, this.plan.encoder.geometry.depth)
  }

  async configure(stage: FreezeStageConfig, weightDecay: number, warmup = 1): Promise<void> {
    this.configured = [stage, weightDecay, warmup]
    const { optimizer, betas, epsilon, momentum, layerDecay, ...config } = this.config
    const { precision, loss, labelSmoothing, clipGradient, dropPath, checkpointing } = config
    const { mixup, cutmix, mixupSwitchProbability } = config
    const groups = parameterGroups(this.session.parameters(), {
      trainable: this.trainable(stage),
      layerDecay,
      weightDecay,
      depth: this.plan.encoder.geometry.depth,
      learningRateScale: stage.learningRateScale,
      warmup: {
        names: new Set(newcomersOf(stage, this.stages, (one) => this.trainable(one))),
        scale: warmup,
      },
    })
    const [beta1, beta2] = betas
    await this.session.configureTraining({
      optimizer,
      beta1,
      beta2,
      epsilon,
      momentum,
      groups,
      precision,
      loss,
      labelSmoothing,
      classWeights: classWeights(config.classWeights, this.classes),
      mixup,
      cutmix,
      mixupSwitchProbability,
      microBatch: this.microBatch,
      clipGradient,
      dropPath,
      average: config.ema,
      checkpointing,
    })
  }

  async useMicroBatch(pictures: number): Promise<void> {
    this.microBatch = pictures
    if (this.configured) await this.configure(...this.configured)
  }

  /** Updates are of so many pictures from here on, in place of the recipe's, `atATime` of them computed at a time: to measure what they take. */
  async useUpdatesOf(pictures: number, atATime = pictures): Promise<void> {
    const { table, labels } = this.plan.dataset.train
    this.trainLoader.dispose()
    this.trainLoader = new Loader(table, { ...this.trainOptions, batchSize: pictures })
    this.stepsPerEpoch = this.trainLoader.batches(labels.length)
    this.updateSize = pictures
    await this.useMicroBatch(atATime)
  }

  private get classes() {
    const { classes, train } = this.plan.dataset
    return { classes, perClass: train.perClass }
  }

  /** Where views come again and pixels are not mixed: the frozen part's output, kept from before or made now. */
  async prepareEpoch(epoch: number, preparation: Preparation): Promise<void> {
    this.rowOf = undefined
    const kept = this.keptOutput(epoch)
    if (kept === undefined) return this.prefixCache.close()
    const { prefix, view } = kept
    const samples = this.plan.dataset.train.labels.length
    const loader = () => {
      this.encodingLoader.start(sequentialOrder(samples), view)
      return this.encodingLoader
    }
    this.rowOf = await this.prefixCache.rows({ prefix, view, samples, loader }, preparation)
  }

  /** Which frozen part's output, of which view, the epoch trains on; undefined: on pictures. */
  keptOutput(epoch: number): { prefix: FrozenPrefix; view: number } | undefined {
    const { views, mixup, cutmix } = this.config
    if (views === null || mixup > 0 || cutmix > 0) return undefined
    const stage = stageAt(this.stages, epoch)
    const prefix = this.frozenPrefixOf(stage)
    const view = viewOf(epoch, views)
    const again = epochsWithView(stage, this.stages, this.config, { view, views })
    return prefix === undefined || again < 2 ? undefined : { prefix, view }
  }

  private frozenPrefixOf(stage: FreezeStageConfig): FrozenPrefix | undefined {
    const { prefixes, stages } = this
    if (!prefixes.has(stage)) {
      const { depth } = this.plan.encoder.geometry
      prefixes.set(
        stage,
        frozenPrefix(stage, stages, (one) => this.trainable(one), depth),
      )
    }
    return prefixes.get(stage)
  }

  startEpoch(epoch: number, first: number): void {
    const { views } = this.config
    const order = epochOrder(this.plan.dataset.train.labels.length, this.plan.seed, epoch)
    if (this.rowOf === undefined)
      this.trainLoader.start(order, views === null ? epoch : viewOf(epoch, views), first)
    else this.rows = rowsInOrder(order, this.rowOf)
  }

  step(index: number, learningRate: number): Promise<number> {
    if (this.rowOf === undefined) return this.session.trainStep(this.trainLoader, learningRate)
    const { dropLast } = this.config
    return trainOnRows(this.session, this.rows, { index, size: this.updateSize, dropLast, learningRate })
  }

  get validate(): Learner['validate'] {
    const { validationLoader: loader } = this
    const split = this.plan.dataset.validation
    return loader && split ? (signal) => this.bothMetrics(loader, split, signal) : undefined
  }

  /** Of the model; where that is an average, of the weights that train beside it. */
  private async bothMetrics(
    loader: Loader,
    split: Split,
    signal: AbortSignal | undefined,
  ): Promise<Validation> {
    const validation = await this.withModel(() => this.metricsOf(loader, split, signal))
    if (this.config.ema === 0) return validation
    const raw = Object.entries((await this.metricsOf(loader, split, signal)).metrics)
    const named = raw.map(([name, value]) => [`raw${name[0]?.toUpperCase()}${name.slice(1)}`, value])
    const metrics = { ...validation.metrics, ...(Object.fromEntries(named) as Record<string, number>) }
    return { ...validation, metrics }
  }

  get chosenBy(): Learner['chosenBy'] {
    return this.config.bestBy ?? defaultMetric(this.plan.dataset)
  }

  private async metricsOf(
    loader: Loader,
    split: Split,
    signal: AbortSignal | undefined,
  ): Promise<Validation> {
    const order = sequentialOrder(split.labels.length)
    const classes = this.plan.dataset.classes.length
    const { logits, samples } = await logitsOf(this.session, loader, order, classes, {
      precision: 'fp32',
      signal,
    })
    return validationMetrics(logits, samples, split, classes)
  }

  async tryValidation(signal?: AbortSignal): Promise<void> {
    const { validationLoader: loader } = this
    if (!loader) return
    loader.start(
      sequentialOrder(Math.min(this.config.batchSize, this.plan.dataset.validation?.labels.length ?? 0)),
      0,
    )
    await this.session.cancellable(signal, () => this.session.predict(loader, 'fp32'))
  }

  sampleNames(samples: Int32Array): string[] {
    return Array.from(samples, (sample) => this.plan.dataset.train.names[sample] ?? String(sample))
  }

  leftOut(): LeftOut[] {
    const { train, validation } = this.plan.dataset
    return leftOutBy([
      [this.trainLoader, train],
      [this.encodingLoader, train],
      [this.validationLoader, validation],
    ])
  }

  async dispose(): Promise<void> {
    this.trainLoader.dispose()
    this.encodingLoader.dispose()
    this.validationLoader?.dispose()
    await this.session.dispose()
  }
}

function trainLoaderOptions(plan: Plan, config: FinetuneConfig): LoaderOptions {
  const batchSize = effectiveBatch(config)
  const { augmentation, dropLast } = config
  return { ...trainingLoaderOptions({ ...plan.loading, batchSize }, augmentation, plan.seed), dropLast }
}
