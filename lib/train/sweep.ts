/**
 * Choosing a probe's learning rate and weight decay: a head for each combination, all trained in one pass on a part of the
 * training pictures and judged on the rest of them. The validation pictures have no say, unless they are asked to.
 */
import type { TrainEvent } from '../api'
import { effectiveBatch, type LinearProbeConfig } from '../config'
import { epochOrder } from '../dataset'
import { IjepaError } from '../errors'
import type { FeatureRows, Heads, Session } from '../native'
import { learningRateAt } from '../schedule'

export interface Candidate {
  readonly learningRate: number
  readonly weightDecay: number
}

/** The whole grid with what each candidate came to, as config.json and the report have it. */
export interface Choice {
  /** What judged: held-out pictures of train, or the validation set, whose numbers are then too good. */
  readonly judgedBy: 'train' | 'validation'
  readonly trainedOn: number
  readonly judgedOn: number
  /** Means over the pictures that judged; null where they are no numbers. */
  readonly candidates: readonly (Candidate & { readonly loss: number | null; readonly top1: number })[]
  /** Index of the candidate with the best top-1, then the least loss, then the first. */
  readonly chosen: number
}

export interface SweepOptions {
  readonly session: Session
  readonly config: LinearProbeConfig & { readonly sweep: NonNullable<LinearProbeConfig['sweep']> }
  /** As the heads see them. */
  readonly train: FeatureRows
  readonly judge: FeatureRows
  /** Columns of the features. */
  readonly columns: number
  readonly classes: number
  readonly seed: number
  readonly signal: AbortSignal | undefined
  readonly emit: (event: TrainEvent) => void
}

/** @throws ERR_LOSS_NOT_FINITE: no candidate came to a number */
export async function chooseBySweep(options: SweepOptions): Promise<Choice> {
  const { session, config, train, judge, signal } = options
  const candidates = candidatesOf(config)
  const heads = await session.createHeads(headsConfig(options, candidates))
  try {
    await trainHeads(heads, candidates, options)
    const { loss, top1 } = await session.cancellable(signal, () => heads.scores(judge.features, judge.rows))
    const judged = candidates.map((candidate, i) => ({
      ...candidate,
      loss: Number.isFinite(loss[i]) ? loss[i]! : null,
      top1: top1[i]!,
    }))
    return {
      judgedBy: config.sweep.select === 'validation' ? 'validation' : 'train',
      trainedOn: train.rows.length,
      judgedOn: judge.rows.length,
      candidates: judged,
      chosen: bestOf(judged),
    }
  } finally {
    heads.dispose()
  }
}

/** The recipe with what was chosen in the place of the lists. */
export function withChoice(config: LinearProbeConfig, { candidates, chosen }: Choice): LinearProbeConfig {
  const { learningRate, weightDecay } = candidates[chosen]!
  return { ...rated(config, learningRate), weightDecay, weightDecayEnd: weightDecay }
}

function candidatesOf({ sweep }: SweepOptions['config']): Candidate[] {
  return sweep.learningRates.flatMap((learningRate) =>
    sweep.weightDecays.map((weightDecay) => ({ learningRate, weightDecay })),
  )
}

const rated = (config: LinearProbeConfig, learningRate: number): LinearProbeConfig => ({
  ...config,
  learningRate,
  minLearningRate: Math.min(config.minLearningRate, learningRate),
})

function headsConfig({ config, columns, classes, seed }: SweepOptions, candidates: readonly Candidate[]) {
  const { optimizer, betas, epsilon, momentum, headInit } = config
  const weightDecays = Float64Array.from(candidates, ({ weightDecay }) => weightDecay)
  return {
    classes,
    groups: [{ columns, batchNorm: 'none' as const, weightDecays }],
    optimizer,
    beta1: betas[0],
    beta2: betas[1],
    epsilon,
    momentum,
    nesterov: true,
    decayBiases: optimizer !== 'lars', // published for matrices alone
    init: headInit,
    seed,
  }
}

async function trainHeads(
  heads: Heads,
  candidates: readonly Candidate[],
  { session, config, train, seed, signal, emit }: SweepOptions,
): Promise<void> {
  const size = Math.min(effectiveBatch(config), train.rows.length)
  const steps = config.dropLast ? Math.floor(train.rows.length / size) : Math.ceil(train.rows.length / size)
  const recipes = candidates.map(({ learningRate }) => rated(config, learningRate))
  for (let epoch = 0; epoch < config.epochs; epoch++) {
    const order = epochOrder(train.rows.length, seed, epoch)
    for (let step = 0; step < steps; step++) {
      const rows = order.slice(step * size, (step + 1) * size).map((place) => train.rows[place]!)
      const rates = Float64Array.from(recipes, (one) => learningRateAt(one, epoch * steps + step, steps))
      await session.cancellable(signal, () => heads.step(train.features, rows, rates))
    }
    emit({ type: 'evaluate', suite: 'sweep', done: epoch + 1, total: config.epochs })
  }
}

function bestOf(judged: Choice['candidates']): number {
  const isFinite = ({ loss }: Choice['candidates'][number]) => loss !== null
  if (!judged.some(isFinite)) {
    throw new IjepaError(
      'ERR_LOSS_NOT_FINITE',
      'No head of the sweep came to a finite loss: try smaller learning rates, or standardize: true',
    )
  }
  const better = (a: number, b: number): boolean => {
    const [one, other] = [judged[a]!, judged[b]!]
    return one.top1 > other.top1 || (one.top1 === other.top1 && one.loss! < other.loss!)
  }
  return judged.reduce(
    (best, one, index) => (isFinite(one) && (best < 0 || better(index, best)) ? index : best),
    -1,
  )
}
