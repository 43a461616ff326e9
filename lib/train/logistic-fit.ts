/** Logistic regressions on features: heads that are fitted at once, by L-BFGS in float64. */
import type { LogisticFit } from '../../binding.gyp'
import type { FeatureRows, Heads, Session } from '../native'

/** Largest component of the gradient where a fit ends, and as many iterations as DINOv2 allows (dinov2/eval/log_regression.py). */
const tolerance = 1e-6
const maxIterations = 1000

export interface LogisticOptions {
  readonly session: Session
  readonly heads: Heads
  readonly train: FeatureRows
  /** C of each head. */
  readonly strengths: readonly number[]
  readonly intercept: boolean
  readonly signal: AbortSignal | undefined
}

/** @throws ERR_ARGUMENT: a class has no row */
export function fitLogistic({
  session,
  heads,
  train,
  strengths,
  intercept,
  signal,
}: LogisticOptions): Promise<LogisticFit> {
  const config = {
    inverseStrengths: Float64Array.from(strengths),
    intercept,
    tolerance,
    maxIterations,
  }
  return session.cancellable(signal, () => heads.fitLogistic(train.features, train.rows, config))
}

/** Whether a fit ended before its gradient was small. */
export const endedEarly = ({ gradient }: LogisticFit): boolean =>
  gradient.some((value) => !(value <= tolerance))
