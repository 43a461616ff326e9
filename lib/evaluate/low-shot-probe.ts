/**
 * A probe for few labels, by MSN's protocol (arXiv 2204.07141; facebookresearch/msn, logistic_eval.py, and cyanure, which it
 * calls): features with each row's own mean taken from it and at length 1; multinomial logistic regression without an
 * intercept, L2 penalty 0.0025 / n · ‖W‖² / 2 beside the mean loss. Nothing is drawn, and nothing chosen.
 */
import type { TrainEvent } from '../api'
import type { LinearProbeConfig } from '../config'
import { sequentialOrder } from '../dataset'
import type { Features, Session } from '../native'
import { createPlannedModel, encodedLayers, EncoderFeatures, type EncodedSplit, type Plan } from '../train'

/** As scikit-learn has it: 1 / 0.0025. */
const inverseStrength = 400
export type LowShotFeatures = 'last' | 'last4'

export class LowShotProbe {
  private readonly rowOf: ReadonlyMap<number, number>
  private readonly judged: Int32Array

  /**
   * Encodes the plan's train and validation once, validation being what judges.
   * @param config which features
   */
  static async create(
    plan: Plan,
    config: LinearProbeConfig & { readonly features: LowShotFeatures },
    { signal, emit }: { readonly signal: AbortSignal; readonly emit: (event: TrainEvent) => void },
  ): Promise<LowShotProbe> {
    const session = await createPlannedModel(plan, config, signal)
    try {
      const encoder = new EncoderFeatures(session, plan, config, { signal, emit })
      const train = await encoder.evaluated(plan.dataset.train)
      const judge = await encoder.evaluated(plan.dataset.validation!)
      const layers = encodedLayers(config)
      const seen = await Promise.all([train, judge].map((split) => normalized(session, split, layers)))
      const columns = layers * plan.encoder.geometry.embedDim
      const [trained, judging] = seen as [Features, Features]
      return new LowShotProbe(session, train, trained, judging, {
        columns,
        classes: plan.dataset.classes.length,
      })
    } catch (error) {
      await session.dispose()
      throw error
    }
  }

  private constructor(
    private readonly session: Session,
    { samples }: EncodedSplit,
    private readonly train: Features,
    private readonly judge: Features,
    private readonly shape: { readonly columns: number; readonly classes: number },
  ) {
    this.rowOf = new Map(Array.from(samples, (sample, row) => [sample, row]))
    this.judged = sequentialOrder(judge.rows)
  }

  /** Share of the judging pictures that are right after training on these samples of train. */
  async top1(samples: Int32Array, signal: AbortSignal): Promise<number> {
    const { session, train, judge, judged } = this
    const rows = Array.from(samples).flatMap((sample) => this.rowOf.get(sample) ?? []) // without bad pictures
    const heads = await this.createHead()
    try {
      const config = {
        inverseStrengths: Float64Array.of(inverseStrength),
        intercept: false,
        tolerance: 1e-4,
        maxIterations: 300,
      }
      await session.cancellable(signal, () => heads.fitLogistic(train, Int32Array.from(rows), config))
      const { top1 } = await session.cancellable(signal, () => heads.scores(judge, judged))
      return top1[0]!
    } finally {
      heads.dispose()
    }
  }

  dispose(): Promise<void> {
    this.train.dispose()
    this.judge.dispose()
    return this.session.dispose()
  }

  private createHead() {
    const { columns, classes } = this.shape
    return this.session.createHeads({
      classes,
      groups: [{ columns, batchNorm: 'none', weightDecays: Float64Array.of(0) }],
      // Of updates, of which there are none.
      optimizer: 'sgd',
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      momentum: 0,
      nesterov: false,
      decayBiases: false,
      init: 0,
      seed: 0,
    })
  }
}

async function normalized(session: Session, { features }: EncodedSplit, layers: number): Promise<Features> {
  const target = session.createFeatures(layers)
  await session.appendNormalized(features, target, true)
  features.dispose()
  return target
}
