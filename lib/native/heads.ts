/** Many linear heads on features, trained in one pass; see Heads in binding.gyp.d.ts. */
import type * as binding from '../../binding.gyp'
import { doubles, type Features, floats, int32s } from './loader'
import { NamedTensors } from './named-tensors'

export class Heads extends NamedTensors<binding.Heads> {
  /** For the session that made them. */
  get own(): binding.Heads {
    return this.handle
  }

  /** One update of every head on these rows; learning rates by head. */
  step(features: Features, rows: Int32Array, learningRates: Float64Array): Promise<void> {
    return this.call(() => this.handle.step(features.handle, rows, learningRates))
  }

  /** What was measured of each head since the last reading. */
  async readMeans(): Promise<binding.HeadMeans> {
    const { loss, top1, gradientNorm, ...counts } = await this.call(() => this.handle.readMeans())
    return { loss: doubles(loss), top1: doubles(top1), gradientNorm: doubles(gradientNorm), ...counts }
  }

  /** Each head becomes the logistic regression with its inverse strength. */
  async fitLogistic(
    features: Features,
    rows: Int32Array,
    config: binding.LogisticConfig,
  ): Promise<binding.LogisticFit> {
    const fit = await this.call(() => this.handle.fitLogistic(features.handle, rows, config))
    return {
      iterations: int32s(fit.iterations),
      objective: doubles(fit.objective),
      gradient: doubles(fit.gradient),
    }
  }

  /** All heads on these rows, in evaluation. */
  async scores(features: Features, rows: Int32Array): Promise<binding.HeadScores> {
    const { loss, top1, top5 } = await this.call(() => this.handle.scores(features.handle, rows))
    return { loss: doubles(loss), top1: doubles(top1), top5: doubles(top5) }
  }

  /** Logits [rows, C] of one head. */
  async predict(features: Features, begin: number, end: number, head: number): Promise<Float32Array> {
    return floats(await this.call(() => this.handle.predict(features.handle, begin, end, head)))
  }

  dispose(): void {
    this.handle.dispose()
  }
}
