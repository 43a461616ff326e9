/** Training and judging: from an encoder and labelled pictures to runs and reports. */
import { basename } from 'node:path'
import type {
  CheckpointInfo,
  Control,
  DataOptions,
  DataSummary,
  Device,
  Estimate,
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
  resolveKind,
  resolveRateRange,
  resolveLinearProbe,
  resolveRepetition,
  resolveTrainer,
  splitControl,
  type FinetuneConfig,
  withAbsolutePaths,
  type TrainerConfig,
} from './config'
import { encoderNames } from './checkpoint'
import { openFolds, type Folds } from './dataset'
import { describeResults, modelCardOf } from './describe-run'
import { IjepaError } from './errors'
import { evaluateRuns, type SuiteTraining } from './evaluate'
import { environment } from './native'
import { planOf, recipeContext, type Before } from './open-plan'
import { EventFile, findTslab, progressListener } from './progress'
import { createReportInTurns, RateCurve } from './report'
import { reportInput } from './report-input'
import { TrainedRun } from './run'
import { trainableNames } from './schedule'
import {
  checkData,
  checkIdentity,
  classWeights,
  compareConditions,
  conditionsOf,
  estimate,
  findLearningRate,
  finishedState,
  newestSnapshot,
  recordData,
  refuseLocked,
  repeatedName,
  repeatedPlan,
  repetitionFolder,
  RunFolder,
  startJob,
  train,
  withFittingBatch,
  withinMemory,
  type Conditions,
  type JobContext,
  type Plan,
  type Recipe,
  type RecipeOf,
  type Repetition,
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

  private static async build(options: TrainerOptions, before: Before = {}): Promise<Trainer> {
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
   * One recipe trained several times, one run after another, in folders below a new one, `directory/finetune-seeds` or
   * `-folds`: with `seeds` other draws (order, head, augmentation; the trainer's seed and those after it) on the same splits;
   * with `folds` by k-fold cross-validation of all of train, stratified and seeded, equal pictures and groups in one fold: each
   * fold judges the run that trains on the others, in place of `validation`. Every run is one like others, resumed and opened
   * by its folder; after a failure or an abort those that were finished stay. `evaluate` makes one report of them.
   * @throws as finetune; ERR_DATASET: too few pictures or groups for so many folds; ERR_ARGUMENT: a trainer that was opened from
   *   one of such runs
   */
  repeat(
    kind: 'linear-probe' | 'finetune',
    options: LinearProbeOptions | FinetuneOptions,
    over: { seeds: number } | { folds: number },
  ): Promise<readonly Run[]> {
    return this.job(options, async (given, control, context) => {
      const wanted = resolveRepetition(kind, over)
      if (this.plan.repetition) throw isRepetition()
      const { signal } = context
      const folds = wanted.over === 'folds' ? await this.openFolds(wanted.runs, signal) : undefined
      const planAt = (index: number, name = '') => {
        const repetition = { over: wanted.over, name, number: index + 1, of: wanted.runs }
        return repeatedPlan(this.plan, repetition, folds, signal)
      }
      // One recipe for all: that of the fewest training pictures.
      const method = kind === 'finetune' ? kind : 'linearProbe'
      const smallest = await planAt(folds ? largestFold(folds) : 0)
      const recipe = await this.fitted(this.recipeOf(method, given, smallest), given, context)
      const { name } = recipe.config
      const directory = await repetitionFolder(this.config.directory, name, wanted)
      const runs: Run[] = []
      for (let index = 0; index < wanted.runs; index++) {
        const plan = await planAt(index, basename(directory))
        const place = { directory, name: repeatedName(name, plan.repetition!) }
        runs.push(await this.trainNew(plan, recipe, place, control, context))
      }
      return runs
    })
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
          return await withinMemory(trainer.plan, () =>
            trainer.trainRun(trainer.plan, folder, recipe, record, control, context),
          )
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
   * @throws ERR_CONFIG, ERR_LOSS_NOT_FINITE
   */
  findLearningRate(
    options?: FinetuneOptions & { from?: number; to?: number; steps?: number },
  ): Promise<LearningRateCurve> {
    return this.job(options, async (given, _control, context) => {
      const { from, to, steps, ...options } = given
      const range = resolveRateRange({ from, to, steps })
      const recipe = await this.fitted(this.recipeOf('finetune', options), options, context)
      const { config } = recipe as Extract<Recipe, { kind: 'finetune' }>
      return new RateCurve(await findLearningRate(this.plan, config, range, context.signal))
    })
  }

  /**
   * Memory, speed and duration of a run with these options, from a few real updates, encodings and saves of a model of its own,
   * reckoned up to the whole recipe: within a fifth on a machine that is as busy then as now. Nothing is left on the disk, and the
   * trainer is as it was. Without `kind`, options or a preset that only probes have mean a probe, all else a fine-tune.
   * @throws as finetune
   */
  estimate(
    options?: (FinetuneOptions | LinearProbeOptions) & { kind?: 'linear-probe' | 'finetune' },
  ): Promise<Estimate> {
    return this.job(options, async ({ kind, ...given }, control, context) => {
      const method = resolveKind(kind, given) === 'finetune' ? 'finetune' : 'linearProbe'
      const recipe = await this.fitted(this.recipeOf(method, given), given, context)
      const { directory } = this.config
      const [record, logEvery] = [this.recordOf(recipe), this.logEvery(control)]
      return estimate({ plan: this.plan, recipe, record, directory, logEvery, ...context })
    })
  }

  /** Judges runs on held-out pictures, side by side; the model card of each one's best checkpoint then tells the results. */
  evaluate(runs: Run | readonly Run[], options: EvaluateOptions = {}): ReportPromise {
    return this.job(options, async (given, _control, context) => {
      const config = resolveEvaluate(given)
      const list = Array.isArray(runs) ? (runs as readonly Run[]) : [runs as Run]
      const openFolds = (count: number) => this.openFolds(count, context.signal)
      const training = this.suiteTraining()
      const evaluation = await evaluateRuns({
        plan: this.plan,
        runs: list,
        config,
        openFolds,
        training,
        ...context,
      })
      const report = await createReportInTurns(reportInput(this.plan, evaluation))
      await describeResults(evaluation.runs, report).catch((error: unknown) => {
        context.emit({ type: 'warning', code: 'WARN_MODEL_CARD', message: (error as Error).message })
      })
      return report
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
      const recipe = await this.fitted(resolve(given), given, context)
      const place = { directory: this.config.directory, name: recipe.config.name }
      return this.trainNew(this.plan, recipe, place, control, context)
    })
  }

  private async trainNew(
    plan: Plan,
    recipe: Recipe,
    { directory, name }: { directory: string; name: string },
    control: Control,
    context: JobContext,
  ): Promise<Run> {
    const record = { ...this.recordOf(recipe, plan), logEvery: this.logEvery(control) }
    const data = await recordData(plan.dataset, { contents: true, signal: context.signal })
    const folder = await RunFolder.create(directory, name, { config: record, data })
    return this.trainRun(plan, folder, recipe, record, control, context)
  }

  /** Runs of a suite are nobody's to hear of. */
  private suiteTraining(): SuiteTraining {
    return {
      probe: (options, plan) => this.probeRecipe(options, plan),
      finetune: (options, plan) => this.finetuneRecipe(options, plan),
      train: (plan, recipe, directory, signal) => {
        const place = { directory, name: recipe.config.name }
        return this.trainNew(plan, recipe, place, {}, { signal, emit: () => undefined })
      },
    }
  }

  private openFolds(count: number, signal?: AbortSignal): Promise<Folds> {
    const { data, seed } = this.config
    return openFolds(data, { seed, count, ...(signal ? { signal } : {}) })
  }

  private recipeOf(
    method: 'linearProbe' | 'finetune',
    options: LinearProbeOptions | FinetuneOptions | undefined,
    plan = this.plan,
  ): Recipe {
    return method === 'linearProbe' ? this.probeRecipe(options, plan) : this.finetuneRecipe(options, plan)
  }

  private probeRecipe(options: LinearProbeOptions | undefined, plan: Plan): RecipeOf<'linear-probe'> {
    return { kind: 'linear-probe', config: resolveLinearProbe(options, recipeContext(plan)) }
  }

  private finetuneRecipe(options: FinetuneOptions | undefined, plan: Plan): RecipeOf<'finetune'> {
    return { kind: 'finetune', config: this.finetuneConfig(options, plan) }
  }

  /** With a number for batchSize 'auto', which only real updates tell. */
  private async fitted(
    recipe: Recipe,
    given: { batchSize?: unknown },
    { signal }: JobContext,
  ): Promise<Recipe> {
    if (recipe.kind !== 'finetune' || given.batchSize !== 'auto') return recipe
    return { kind: 'finetune', config: await withFittingBatch(this.plan, recipe.config, signal) }
  }

  private finetuneConfig(options: FinetuneOptions | undefined, plan = this.plan): FinetuneConfig {
    const context = recipeContext(plan)
    const config = resolveFinetune(options, context)
    // Patterns and classes that name nothing fail here, before anything is written.
    const names = [...encoderNames(context.depth), 'head.weight', 'head.bias']
    for (const stage of config.freeze) trainableNames(stage.train, names, context.depth)
    const { classes, train } = plan.dataset
    classWeights(config.classWeights, { classes, perClass: train.perClass })
    return config
  }

  /** What config.json holds beside the format version. */
  private recordOf({ kind, config }: Recipe, plan = this.plan): Readonly<Record<string, unknown>> {
    const { dataset, preprocessing, repetition } = plan
    return {
      kind,
      trainer: this.config,
      ...(repetition ? { repetition } : {}),
      recipe: config,
      classes: this.classes,
      preprocessing,
      encoder: this.encoder,
      dataFingerprint: dataset.fingerprint,
      conditions: this.conditions(),
    }
  }

  private async trainRun(
    plan: Plan,
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
          plan,
          recipe,
          folder,
          record,
          modelCard: (taken, temperature) =>
            modelCardOf(
              folder.name,
              { kind: recipe.kind, config: taken, temperature },
              plan,
              this.config.encoder,
            ),
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
          return await withinMemory(this.plan, () => work(recipe, control, context))
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
    const trainer = await Trainer.build(options, {
      ...(changes.resumes ? { conditions: record.conditions as Conditions } : {}),
      ...(record.repetition ? { repetition: record.repetition as Repetition } : {}),
    })
    if (changes.data === undefined) {
      const reading = { contents: changes.resumes ?? false, ...(signal ? { signal } : {}) }
      await checkData(folder, record, trainer.plan.dataset, reading)
    }
    return { trainer, folder, record }
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

function isRepetition(): IjepaError {
  const message =
    'This trainer was opened from one of several runs of a recipe: create one of all the data to repeat another'
  return new IjepaError('ERR_ARGUMENT', message)
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

function largestFold(folds: Folds): number {
  const sizes = Array.from({ length: folds.count }, (_, index) => folds.heldOut(index).length)
  return sizes.indexOf(Math.max(...sizes))
}
