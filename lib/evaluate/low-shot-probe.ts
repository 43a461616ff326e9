/**
 * A probe of many parts of train, by the recipe of a logistic regression with one strength (preset 'msn-lowshot'): train is encoded
 * once. Nothing is drawn, and nothing chosen.
 */
import type { TrainEvent } from '../api'
import type { LinearProbeConfig } from '../config'
import { sequentialOrder } from '../dataset'
import type { Features, Session } from '../native'
import {
  asSeen,
  createPlannedModel,
  EncoderFeatures,
  fitLogistic,
  groupsOf,
  headsConfig,
  type EncodedSplit,
  type Plan,
} from '../train'

export type LowShotFeatures = 'last' | 'last4'

export class LowShotProbe {
  private readonly rowOf: ReadonlyMap<number, number>
  private readonly judged: Int32Array

  /**
   * Encodes the plan's train and validation once, validation being what judges.
   * @param config of a logistic regression with one strength
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
      const seen: Features[] = []
      for (const { features } of [train, judge]) {
        const prepared = await asSeen(session, config, features)
        if (prepared !== features) features.dispose()
        seen.push(prepared)
      }
      const [trained, judging] = seen as [Features, Features]
      return new LowShotProbe(session, plan, config, train, trained, judging)
    } catch (error) {
      await session.dispose()
      throw error
    }
  }

  private constructor(
    private readonly session: Session,
    private readonly plan: Plan,
    private readonly config: LinearProbeConfig,
    { samples }: EncodedSplit,
    private readonly train: Features,
    private readonly judge: Features,
  ) {
    this.rowOf = new Map(Array.from(samples, (sample, row) => [sample, row]))
    this.judged = sequentialOrder(judge.rows)
  }

  /** Share of the judging pictures that are right after training on these samples of train. */
  async top1(samples: Int32Array, signal: AbortSignal): Promise<number> {
    const { session, config, train: features, judge, judged } = this
    const rows = Array.from(samples).flatMap((sample) => this.rowOf.get(sample) ?? []) // without bad pictures
    const heads = await this.createHead()
    try {
      const { c: strengths, intercept } = config
      const train = { features, rows: Int32Array.from(rows) }
      await fitLogistic({ session, heads, train, strengths, intercept, signal })
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
    const { plan, config } = this
    const { embedDim } = plan.encoder.geometry
    const shape = { embedDim, classes: plan.dataset.classes.length, seed: plan.seed }
    return this.session.createHeads(headsConfig(config, groupsOf(config), shape))
  }
}
