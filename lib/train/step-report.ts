/** Step events with their rates, and the lines of metrics.jsonl. */
import type { TrainEvent } from '../api'
import type { Learner } from './learner'
import type { RunFolder } from './run-folder'
import type { EpochEvent, RunState } from './state'

interface Reporting {
  readonly folder: RunFolder
  readonly learner: Learner
  readonly state: RunState
  readonly emit: (event: TrainEvent) => void
}

export class StepReport {
  /** Length of metrics.jsonl, what waits included. */
  bytes: number
  private waiting: string[] = []
  private images = 0
  private since = performance.now()
  private readonly begun = performance.now()
  private readonly stepsBefore: number

  constructor(private readonly run: Reporting) {
    this.bytes = run.state.metricsBytes
    this.stepsBefore = run.state.step
  }

  updated(images: number): void {
    this.images += images
  }

  step(state: RunState, means: { loss: number; gradientNorm: number }, learningRate: number): void {
    const { learner, emit } = this.run
    const now = performance.now()
    const steps = learner.stepsPerEpoch * learner.config.epochs
    const secondsPerStep = (now - this.begun) / 1000 / Math.max(1, state.step - this.stepsBefore)
    const event = {
      type: 'step',
      step: state.step,
      steps,
      epoch: state.epoch,
      loss: means.loss,
      learningRate,
      gradientNorm: means.gradientNorm,
      imagesPerSecond: this.images / Math.max(1e-9, (now - this.since) / 1000),
      etaSeconds: (steps - state.step) * secondsPerStep,
    } as const
    this.images = 0
    this.since = now
    this.line(event)
    emit(event)
  }

  line(event: EpochEvent | Extract<TrainEvent, { type: 'step' }>): void {
    const line = JSON.stringify(event)
    this.waiting.push(line)
    this.bytes += Buffer.byteLength(line) + 1
  }

  async flush(): Promise<void> {
    const lines = this.waiting
    this.waiting = []
    await this.run.folder.appendMetrics(lines)
  }
}
