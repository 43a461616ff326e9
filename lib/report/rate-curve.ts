/** The curve of a learning-rate range test, and its picture. */
import { join } from 'node:path'
import type { LearningRateCurve } from '../api'
import { runInWorker } from '../worker'
import { findDisplay } from './notebook'
import { writeWhole } from './write-files'

export type RateCurveData = Pick<LearningRateCurve, 'learningRates' | 'losses' | 'means' | 'suggestion'>

export class RateCurve implements LearningRateCurve {
  readonly learningRates: readonly number[]
  readonly losses: readonly number[]
  readonly means: readonly number[]
  readonly suggestion: number

  constructor({ learningRates, losses, means, suggestion }: RateCurveData) {
    this.learningRates = learningRates
    this.losses = losses
    this.means = means
    this.suggestion = suggestion
  }

  /** @throws ERR_FILE */
  async save(file: string): Promise<void> {
    await writeWhole(file, await this.draw())
  }

  async display(): Promise<void> {
    const display = findDisplay()
    if (display) display.html(await this.draw())
    else process.stdout.write(`Suggested learning rate: ${this.suggestion.toPrecision(3)}\n`)
  }

  /** In a worker thread. */
  private draw(): Promise<string> {
    const { learningRates, losses, means, suggestion } = this
    const data: RateCurveData = { learningRates, losses, means, suggestion }
    return runInWorker(join(__dirname, 'render-rate-curve'), 'renderRateCurve', data)
  }
}
