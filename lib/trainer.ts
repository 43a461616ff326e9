/** Training and judging: from an encoder and labelled pictures to runs and reports. */
import type {
  CheckpointInfo,
  Control,
  DataOptions,
  DataSummary,
  Device,
  EvaluateOptions,
  FinetuneOptions,
  LearningRateCurve,
  LinearProbeOptions,
  ReportPromise,
  Run,
  RunPromise,
  TrainEvent,
  TrainerOptions,
} from './api'
import {
  recordedRecipe,
  resolveEvaluate,
  resolveFinetune,
  resolveRateRange,
  resolveLinearProbe,
  resolvePreprocessing,
  resolveTrainer,
  splitControl,
  type FinetuneConfig,
  withAbsolutePaths,
  type RecipeContext,
  type TrainerConfig,
} from './config'
import { encoderNames } from './checkpoint'
import { openDataset } from './dataset'
import { modelCardOf } from './describe-run'
import { IjepaError } from './errors'
import { evaluateRuns } from './evaluate'
import { openEncoder } from './inference'
import { environment, fasterLinearKernel, grantedProcessors, resolveDevice } from './native'
import { EventFile, findTslab, progressListener } from './progress'
import { createReport, RateCurve } from './report'
import { reportInput } from './report-input'
import { TrainedRun } from './run'
import { trainableNames } from './schedule'
import {
  checkData,
  checkIdentity,
  classWeights,
  compareConditions,
  conditionsOf,
  findLearningRate,
  finishedState,
  newestSnapshot,
  recordData,
  refuseLocked,
  RunFolder,
  startJob,
  train,
  type Conditions,
  type JobContext,
  type Plan,
  type Recipe,
  type RunKind,
} from './train'

export class Trainer {
  readonly classes: readonly string[]
  readonly data: DataSummary
  readonly encoder: CheckpointInfo
  private busy = false
  private readonly disposal = new AbortController()
  private current: Promise<unknown> = Promise.resolve()
  /** States that are still being written after an abort; dispose() tells of those that could not. */
  private background: Promise<unknown> = Promise.resolve()

  /**
   * Reads the encoder's headers and lists the data; nothing is decoded or computed yet.
   * @throws ERR_CONFIG, ERR_FILE, ERR_CHECKPOINT_FORMAT, ERR_CHECKPOINT_MISMATCH, ERR_HEADS_UNKNOWN, ERR_DATASET, ERR_DEVICE
   */
  static async create(options: TrainerOptions): Promise<Trainer> {
    return Trainer.build(options)
  }

  private static async build(options: TrainerOptions, before?: Conditions): Promise<Trainer> {
    const config = withAbsolutePaths(resolveTrainer(options))
    return new Trainer(config, await planOf(config, before, options.signal), options.signal)
  }

  private constructor(
    private readonly config: TrainerConfig,
    private readonly plan: Plan,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.classes = plan.dataset.classes
    this.data = plan.dataset.summary
    this.encoder = plan.encoder.info
  }

  /** Encoder frozen: features computed once, a new linear head trained on them. */
  linearProbe(options?: LinearProbeOptions): RunPromise {
    return this.run(options, (recipe) => this.recipeOf('linearProbe', recipe))
  }

  /** All of the encoder, or what `freeze` says, trained end to end with a new head. */
  finetune(options?: FinetuneOptions): RunPromise {
    return this.run(options, (recipe) => this.recipeOf('finetune', recipe))
  }

  /**
   * The whole configuration of a run with these options, every default filled in, as its config.json would hold it;
   * nothing is written.
   * @throws ERR_CONFIG, ERR_UNSUPPORTED
   */
  resolve(
    method: 'linearProbe' | 'finetune',
    options?: LinearProbeOptions | FinetuneOptions,
  ): Readonly<Record<string, unknown>> {
    const { recipe } = splitControl(options)
    return this.recordOf(this.recipeOf(method, recipe))
  }

  /**
   * Goes on with a stopped run, by its folder alone; of a finished one it resolves with its Run. After an abort the state is
   * saved in the background; when that fails, a process warning with code WARN_STATE_NOT_SAVED says why.
   * @throws ERR_RESUME: the data or config.json have changed; with `exact`, also when the weights could not be bit-equal;
   *   ERR_BUSY: another process works on the run; ERR_CHECKPOINT_FORMAT: none of its checkpoints is whole
   */
  static resume(directory: string, options: Control & { exact?: boolean } = {}): RunPromise {
    return startJob(() => {
      const { exact = false, ...rest } = options
      const { control } = splitControl(rest)
      const work = async (context: JobContext) => {
        await refuseLocked(directory)
        const { trainer, folder, record } = await Trainer.reopen(directory, { resumes: true }, context.signal)
        const before = record.conditions as Conditions
        for (const message of compareConditions(before, trainer.conditions(), exact)) {
          context.emit({ type: 'warning', code: 'WARN_CONDITIONS', message })
        }
        const { kind, recipe: recorded } = record as { kind: RunKind; recipe: Recipe['config'] }
        const recipe = { kind, config: recordedRecipe(kind, recorded) } as Recipe
        try {
          return await trainer.trainRun(folder, recipe, record, control, context)
        } finally {
          trainer.dispose().catch(warnOfLostState)
        }
      }
      return { options: jobOptions(control, []), work }
    })
  }

  /** A finished or stopped run from its folder, with a trainer for it. */
  static async open(
    directory: string,
    options: { data?: Partial<DataOptions>; device?: Device } = {},
  ): Promise<{ trainer: Trainer; run: Run }> {
    const { trainer, folder, record } = await Trainer.reopen(directory, options)
    const state = (await newestSnapshot(folder))?.state
    if (!state?.best) {
      throw new IjepaError('ERR_FILE', `The run in ${directory} has no finished epoch yet: resume it first`, {
        file: directory,
      })
    }
    return { trainer, run: new TrainedRun(record.kind as RunKind, folder, record, state) }
  }

  /**
   * The range test: updates at learning rates that rise from `from` (1e-7) to `to` (1) in `steps` (100), on a model of its own,
   * until the loss diverges. The curve has the loss of each update; the suggestion is where its mean falls most steeply. Nothing
   * is written, and the trainer is left as it was.
   * @throws ERR_CONFIG, ERR_UNSUPPORTED, ERR_LOSS_NOT_FINITE
   */
  findLearningRate(
    options?: FinetuneOptions & { from?: number; to?: number; steps?: number },
  ): Promise<LearningRateCurve> {
    return this.job(options, async (given, _control, { signal }) => {
      const { from, to, steps, ...recipe } = given
      const range = resolveRateRange({ from, to, steps })
      return new RateCurve(await findLearningRate(this.plan, this.finetuneConfig(recipe), range, signal))
    })
  }

  /** Judges runs on held-out pictures, side by side. */
  evaluate(runs: Run | readonly Run[], options: EvaluateOptions = {}): ReportPromise {
    return this.job(options, async (given, _control, context) => {
      const config = resolveEvaluate(given)
      const list = Array.isArray(runs) ? (runs as readonly Run[]) : [runs as Run]
      const evaluation = await evaluateRuns({ plan: this.plan, runs: list, config, ...context })
      return createReport(reportInput(this.plan, evaluation))
    })
  }

  /**
   * Aborts what runs, waits until its state is on disk, refuses new work. Rejects, once, with the error of a state that could
   * not be saved after an abort: the run then goes on from the checkpoint before it.
   * @throws ERR_FILE
   */
  async dispose(): Promise<void> {
    this.disposal.abort(disposed())
    await this.current.catch(() => undefined)
    const { background } = this
    this.background = Promise.resolve()
    await background
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  private run<Options extends Control>(
    options: Options | undefined,
    resolve: (recipe: Omit<Options, keyof Control>) => Recipe,
  ): RunPromise {
    return this.job(options, async (given, control, context) => {
      const recipe = resolve(given)
      const record = { ...this.recordOf(recipe), logEvery: this.logEvery(control) }
      const data = await recordData(this.plan.dataset, { contents: true, signal: context.signal })
      const folder = await RunFolder.create(this.config.directory, recipe.config.name, {
        config: record,
        data,
      })
      return this.trainRun(folder, recipe, record, control, context)
    })
  }

  private recipeOf(
    method: 'linearProbe' | 'finetune',
    options: LinearProbeOptions | FinetuneOptions | undefined,
  ): Recipe {
    const context = this.recipeContext()
    if (method === 'linearProbe')
      return { kind: 'linear-probe', config: resolveLinearProbe(options, context) }
    return { kind: 'finetune', config: this.finetuneConfig(options) }
  }

  private finetuneConfig(options: FinetuneOptions | undefined): FinetuneConfig {
    const context = this.recipeContext()
    const config = resolveFinetune(options, context)
    // Patterns and classes that name nothing fail here, before anything is written.
    const names = [...encoderNames(context.depth), 'head.weight', 'head.bias']
    for (const stage of config.freeze) trainableNames(stage.train, names, context.depth)
    const { classes, train } = this.plan.dataset
    classWeights(config.classWeights, { classes, perClass: train.perClass })
    return config
  }

  /** What config.json holds beside the format version. */
  private recordOf({ kind, config }: Recipe): Readonly<Record<string, unknown>> {
    const { dataset, preprocessing } = this.plan
    return {
      kind,
      trainer: this.config,
      recipe: config,
      classes: this.classes,
      preprocessing,
      encoder: this.encoder,
      dataFingerprint: dataset.fingerprint,
      conditions: this.conditions(),
    }
  }

  private async trainRun(
    folder: RunFolder,
    recipe: Recipe,
    record: Readonly<Record<string, unknown>>,
    control: Control,
    context: JobContext,
  ): Promise<Run> {
    const known = { ...control, logEvery: control.logEvery ?? (record.logEvery as number | undefined) }
    const state =
      (await finishedState(folder)) ??
      (await withEventFile(folder.path, context, (watched) =>
        train({
          plan: this.plan,
          recipe,
          folder,
          record,
          modelCard: modelCardOf(folder.name, recipe.kind, this.plan, this.config.encoder),
          logEvery: this.logEvery(known),
          inBackground: (work) => {
            this.keepInBackground(work)
          },
          ...watched,
        }),
      ))
    const run = new TrainedRun(recipe.kind, folder, await folder.readConfig(), state)
    context.emit({ type: 'done', run })
    return run
  }

  private logEvery({ logEvery }: Control): number {
    return logEvery ?? (this.plan.device === 'cpu' ? 1 : 20)
  }

  private keepInBackground(work: Promise<void>): void {
    const both = Promise.all([this.background, work])
    both.catch(() => undefined) // dispose() tells
    this.background = both
  }

  /** One job at a time; wrong options reject as all else does. */
  private job<Options extends Control, T>(
    options: Options | undefined,
    work: (given: Omit<Options, keyof Control>, control: Control, context: JobContext) => Promise<T>,
  ): Promise<T> & AsyncIterable<TrainEvent> {
    return startJob(() => {
      if (this.disposal.signal.aborted) throw disposed()
      if (this.busy) {
        throw new IjepaError(
          'ERR_BUSY',
          'This trainer is at work: await its job first, or create a second trainer',
        )
      }
      const { control, recipe } = splitControl(options)
      const alone = async (context: JobContext) => {
        this.busy = true
        try {
          return await work(recipe, control, context)
        } finally {
          this.busy = false
        }
      }
      const signals = [this.signal, this.disposal.signal]
      return {
        options: jobOptions(control, signals),
        work: (context) => {
          const working = alone(context)
          this.current = working
          return working
        },
      }
    })
  }

  /** A trainer as the run in `directory` had it, and what its config.json says. */
  private static async reopen(
    directory: string,
    changes: { data?: Partial<DataOptions>; device?: Device; resumes?: boolean },
    signal?: AbortSignal,
  ): Promise<{ trainer: Trainer; folder: RunFolder; record: Record<string, unknown> }> {
    const folder = new RunFolder(directory)
    const record = await folder.readConfig()
    if (changes.resumes) {
      const saved = await newestSnapshot(folder).catch(() => undefined) // a damaged one is met later
      checkIdentity(folder.config, record, saved?.identity)
    }
    const before = record.trainer as TrainerOptions
    const options = {
      ...before,
      ...(changes.device ? { device: changes.device } : {}),
      data: { ...before.data, ...changes.data },
      ...(signal ? { signal } : {}),
    }
    const trainer = await Trainer.build(
      options,
      changes.resumes ? (record.conditions as Conditions) : undefined,
    )
    if (changes.data === undefined) {
      const reading = { contents: changes.resumes ?? false, ...(signal ? { signal } : {}) }
      await checkData(folder, record, trainer.plan.dataset, reading)
    }
    return { trainer, folder, record }
  }

  private recipeContext(): RecipeContext {
    const { encoder, dataset, device } = this.plan
    const cuda = device !== 'cpu'
    return {
      depth: encoder.geometry.depth,
      embedDim: encoder.geometry.embedDim,
      trainImages: dataset.train.labels.length,
      classes: dataset.classes.length,
      multiLabel: dataset.multiLabel,
      validates: dataset.validation !== undefined,
      cuda,
      bf16: cuda || environment().cpuBf16,
    }
  }

  private conditions(): Conditions {
    return conditionsOf(environment(), this.plan)
  }
}

/** Does `work` while its events go to a TensorBoard file too; where that cannot be written the run goes on without. */
async function withEventFile<T>(
  directory: string,
  context: JobContext,
  work: (context: JobContext) => Promise<T>,
): Promise<T> {
  const file = new EventFile(directory, ({ message }) => {
    context.emit({
      type: 'warning',
      code: 'WARN_EVENT_FILE',
      message: `No TensorBoard events are kept: ${message}`,
    })
  })
  const emit = (event: TrainEvent) => {
    file.onEvent(event)
    context.emit(event)
  }
  try {
    const result = await work({ ...context, emit })
    await file.close('success')
    return result
  } catch (error) {
    await file.close(context.signal.aborted ? undefined : 'failure')
    throw error
  }
}

function disposed(): IjepaError {
  return new IjepaError('ERR_DISPOSED', 'This trainer was used after dispose()')
}

/** Nobody else can be told: the promise of the run has been rejected with the reason of the abort. */
function warnOfLostState(error: unknown): void {
  const { message } = error as Error
  process.emitWarning(`The state of the run could not be saved after it was stopped: ${message}`, {
    code: 'WARN_STATE_NOT_SAVED',
  })
}

function jobOptions(control: Control, signals: readonly (AbortSignal | undefined)[]) {
  return {
    ...(control.onEvent ? { onEvent: control.onEvent } : {}),
    interrupt: control.interrupt ?? findTslab() !== undefined,
    signals: [control.signal, ...signals],
    progress: progressListener(control.progress),
  }
}

/** `before`: what a run that goes on had; measured and counted anew for a new one. */
async function planOf(
  config: TrainerConfig,
  before: Pick<Conditions, 'threads' | 'linearKernel'> | undefined,
  signal: AbortSignal | undefined,
): Promise<Plan> {
  const device = resolveDevice(config.device)
  const encoder = await openEncoder(config.encoder)
  const dataset = await openDataset(config.data, { seed: config.seed, ...(signal ? { signal } : {}) })
  const saved = encoder.checkpoint?.classifier?.preprocessing
  const { preprocessing, warnings } = resolvePreprocessing(config.preprocessing, saved, 'encoder')
  const threads = before?.threads ?? config.threads ?? grantedProcessors()
  const linearKernel = before?.linearKernel ?? (await fasterLinearKernel(threads))
  const { alpha, onBadImage, groupBy } = config.data
  const loading = { geometry: encoder.geometry, preprocessing, threads, alpha, onBadImage }
  const known = [...(encoder.checkpoint?.info.warnings ?? []), ...warnings]
  const compute = { device, threads, linearKernel, seed: config.seed }
  const grouped = groupBy === undefined ? {} : { groupBy }
  return { encoder, dataset, preprocessing, ...compute, ...grouped, warnings: known, loading }
}
