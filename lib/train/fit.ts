/** The loop: epochs of updates, validation, the best epoch, checkpoints and events. */
import type { TrainEvent } from '../api'
import { IjepaError } from '../errors'
import { learningRateAt, newcomerWarmup, stageAt, weightDecayAt } from '../schedule'
import { newlyLeftOut, warningOf } from './left-out'
import type { Learner } from './learner'
import { updateInMemory } from './out-of-memory'
import { countValues } from './parameters'
import type { RunFolder } from './run-folder'
import type { SnapshotWriter } from './snapshot'
import { addMeans, isBetter, noSums, trainMetrics, type EpochEvent, type RunState } from './state'
import { StepReport } from './step-report'
import type { Validation } from './validation-metrics'

export interface FitOptions {
  readonly folder: RunFolder
  readonly snapshots: SnapshotWriter
  readonly learner: Learner
  readonly state: RunState
  readonly logEvery: number
  readonly signal: AbortSignal | undefined
  readonly emit: (event: TrainEvent) => void
}

/** Updates in a row that are not finite: after so many the run ends. */
const skippedAtMost = 10

/** How a loop ended before its end: `save` writes the state of the last whole update. */
export class Interrupted extends Error {
  constructor(
    readonly reason: unknown,
    readonly save: () => Promise<void>,
  ) {
    super('interrupted')
  }
}

/** Trains from `state` to the end. @throws Interrupted when the signal aborts */
export async function fit(options: FitOptions): Promise<RunState> {
  const loop = new Loop(options)
  try {
    return await loop.run()
  } catch (error) {
    if (options.signal?.aborted) throw new Interrupted(error, () => loop.saveWithinEpoch())
    await loop.flush().catch(() => undefined) // what ended the run is what to say
    throw error
  }
}

class Loop {
  private state: RunState
  private readonly report: StepReport
  private readonly started = performance.now()
  private readonly secondsBefore: number
  private readBefore: number
  private stage = -1
  private weightDecay = NaN
  private warmup = NaN
  /** Of the last epoch that this loop has trained. */
  private judged: Validation | undefined

  constructor(private readonly options: FitOptions) {
    const { readStep, ...state } = options.state
    this.state = state
    this.secondsBefore = state.seconds
    this.readBefore = readStep ?? state.step
    this.report = new StepReport(options)
  }

  async run(): Promise<RunState> {
    const { learner } = this.options
    while (this.state.epoch < learner.config.epochs && !this.stopsEarly()) {
      const begun = performance.now()
      await this.trainEpoch()
      await this.endEpoch(begun)
    }
    if (this.state.finished) return this.state
    this.warnOfTime()
    await this.finish()
    return this.state
  }

  private readonly warn = (code: string, message: string): void => {
    this.options.emit({ type: 'warning', code, message })
  }

  private async trainEpoch(): Promise<void> {
    const { learner, signal, emit, logEvery } = this.options
    const { epoch } = this.state
    await this.configure()
    await learner.prepareEpoch?.(epoch, { signal, emit })
    learner.startEpoch(epoch, this.state.stepInEpoch)
    while (this.state.stepInEpoch < learner.stepsPerEpoch) {
      signal?.throwIfAborted()
      const { step, stepInEpoch } = this.state
      const { microBatch } = learner
      await this.configure()
      const learningRate = learningRateAt(learner.config, step, learner.stepsPerEpoch)
      const rows = await updateInMemory(
        learner,
        { epoch, index: stepInEpoch, learningRate },
        signal,
        this.warn,
      )
      if (rows === 0) break // bad pictures left out made the epoch shorter
      this.state = { ...this.state, step: step + 1, stepInEpoch: stepInEpoch + 1 }
      this.report.updated(rows)
      if (this.state.step % logEvery === 0) await this.read(learningRate)
      if (learner.microBatch !== microBatch) await this.saveWithinEpoch() // a run resumed from here goes on alike
      if (this.isOutOfTime(this.seconds())) break
    }
    await this.read(undefined)
  }

  /** Sets the epoch's stage, and the step's weight decay and warm-up of what is new, where they changed. */
  private async configure(): Promise<void> {
    const { learner, emit } = this.options
    const { epoch, step, stepInEpoch } = this.state
    const stage = stageAt(learner.stages, epoch)
    const index = learner.stages.indexOf(stage)
    const weightDecay = weightDecayAt(learner.config, step, learner.stepsPerEpoch)
    const position = epoch + stepInEpoch / learner.stepsPerEpoch
    const warmup = newcomerWarmup(learner.stages, learner.config, position)
    if (index === this.stage && weightDecay === this.weightDecay && warmup === this.warmup) return
    await learner.configure(stage, weightDecay, warmup)
    this.weightDecay = weightDecay
    this.warmup = warmup
    if (index === this.stage) return
    this.stage = index
    const trainable = learner.trainable(stage)
    emit({ type: 'stage', epoch, trainable, parameters: countValues(learner, new Set(trainable)) })
  }

  /** Takes the means since the last reading into the epoch's, and reports them as a step event where a rate is given. */
  private async read(learningRate: number | undefined): Promise<void> {
    const { learner } = this.options
    const means = await learner.readMeans()
    if (means.updates + means.skipped === 0) return
    this.state = { ...this.state, sums: addMeans(this.state.sums, means) }
    const skippedInARow = means.updates > 0 ? means.skipped : this.state.skippedInARow + means.skipped
    this.state = { ...this.state, skippedInARow }
    if (means.skipped > 0) this.warnSkipped(means)
    this.readBefore = this.state.step
    const rate = learningRate ?? learningRateAt(learner.config, this.state.step - 1, learner.stepsPerEpoch)
    this.report.step(this.state, means, rate)
  }

  private warnSkipped({ skipped, skippedSamples }: { skipped: number; skippedSamples: Int32Array }): void {
    const { step, skippedInARow } = this.state
    const files = this.options.learner.sampleNames(skippedSamples)
    const steps = step - this.readBefore > 1 ? `of steps ${this.readBefore + 1} to ${step}` : `(step ${step})`
    const message =
      `${skipped} update(s) ${steps} left out: the loss or a gradient was not finite; the first had ` +
      files.slice(0, 8).join(', ')
    if (skippedInARow >= skippedAtMost) {
      throw new IjepaError(
        'ERR_LOSS_NOT_FINITE',
        `${message}. With ${skippedInARow} in a row the run has ended: lower the learning rate and start a new one. ` +
          `The last state that was saved is in ${this.options.folder.checkpoint('last')}`,
        { files, step },
      )
    }
    this.options.emit({ type: 'warning', code: 'WARN_NOT_FINITE', message })
  }

  private async endEpoch(begun: number): Promise<void> {
    const { learner, snapshots, emit, signal } = this.options
    const { epoch, sums, best } = this.state
    this.judged = await learner.validate?.(signal)
    const validation = this.judged?.metrics
    // A probe's model is written at its end alone.
    const temperature = learner.savesModel ? await this.judged?.temperature() : undefined
    this.noteLeftOut()
    const improved = validation !== undefined && isBetter(validation, best?.metrics, learner.chosenBy)
    const last = epoch + 1 >= learner.config.epochs
    const event: EpochEvent = {
      type: 'epoch',
      epoch,
      epochs: learner.config.epochs,
      train: trainMetrics(sums, learner.model.multiLabel),
      ...(validation === undefined ? {} : { validation }),
      best: improved || (validation === undefined && last),
      seconds: (performance.now() - begun) / 1000,
    }
    this.report.line(event)
    await this.flush()
    this.state = {
      ...this.state,
      epoch: epoch + 1,
      stepInEpoch: 0,
      sums: noSums,
      history: [...this.state.history, event],
      best: improved ? { epoch, metrics: validation } : best,
      temperature,
      seconds: this.seconds(),
    }
    emit(event)
    const keeps = improved && learner.savesModel
    if (keeps || (epoch + 1) % learner.config.saveEvery === 0) await this.save()
    if (keeps) await snapshots.keepAsBest()
  }

  /** Warns of pictures that this epoch left out, once each; the state keeps them for the report. */
  private noteLeftOut(): void {
    const { leftOut = [] } = this.state
    const added = newlyLeftOut(leftOut, this.options.learner.leftOut())
    if (added.length === 0) return
    this.state = { ...this.state, leftOut: [...leftOut, ...added] }
    this.options.emit({ type: 'warning', code: 'WARN_IMAGE', message: warningOf(added) })
  }

  /** Patience used up, or the time budget: judged by the state alone, so that a resumed run judges alike. */
  private stopsEarly(): boolean {
    const { earlyStopping } = this.options.learner.config
    const { epoch, stepInEpoch, best, history, seconds } = this.state
    if (epoch === 0 || stepInEpoch > 0) return false // what has begun is judged first
    const patience =
      earlyStopping !== null && best !== null && history.length - 1 - best.epoch >= earlyStopping.patience
    return patience || this.isOutOfTime(seconds)
  }

  private isOutOfTime(seconds: number): boolean {
    const { timeBudgetSeconds } = this.options.learner.config
    return timeBudgetSeconds !== null && seconds >= timeBudgetSeconds
  }

  private warnOfTime(): void {
    const { config, stepsPerEpoch } = this.options.learner
    const steps = config.epochs * stepsPerEpoch
    if (!this.isOutOfTime(this.state.seconds) || this.state.step >= steps) return
    const message = `The ${config.timeBudgetSeconds} s of timeBudgetSeconds are over after update ${this.state.step} of ${steps}`
    this.warn('WARN_TIME_BUDGET', message)
  }

  /** Writes the finished model; it is the best one where no epoch was chosen by validation. */
  private async finish(): Promise<void> {
    const { learner, snapshots } = this.options
    const lastEvent = this.state.history.at(-1)
    const chosen = this.state.best !== null && learner.savesModel
    const best =
      chosen || !lastEvent
        ? this.state.best
        : { epoch: lastEvent.epoch, metrics: lastEvent.validation ?? lastEvent.train }
    this.state = { ...this.state, best, temperature: await this.temperature(), finished: true }
    await this.save()
    if (!chosen) await snapshots.keepAsBest()
  }

  /**
   * Fitted on held-out pictures of train where some chose the hyper-parameters, else on those of validation, of which none was trained
   * on either.
   */
  private async temperature(): Promise<RunState['temperature']> {
    const { learner, signal } = this.options
    if (learner.choice?.temperature) return learner.choice.temperature
    if (learner.savesModel) return this.state.temperature
    const judged = this.judged ?? (await learner.validate?.(signal)) // stopped between the last epoch and the end
    return judged?.temperature()
  }

  /** The state of the last whole update. Means that were not read yet are part of it: the run goes on as if never stopped. */
  saveWithinEpoch(): Promise<void> {
    return this.save({ readStep: this.readBefore, seconds: this.seconds() })
  }

  private async save(within: Partial<RunState> = {}): Promise<void> {
    const { snapshots, emit } = this.options
    await this.flush()
    this.state = { ...this.state, metricsBytes: this.report.bytes }
    emit({ type: 'checkpoint', path: await snapshots.save({ ...this.state, ...within }) })
  }

  flush(): Promise<void> {
    return this.report.flush()
  }

  private seconds(): number {
    return this.secondsBefore + (performance.now() - this.started) / 1000
  }
}
