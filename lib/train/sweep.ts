/**
 * Choosing a probe's features, head and hyper-parameters: every candidate is trained or fitted on a part of the training pictures
 * and judged on the rest of them. The validation pictures have no say, unless they are asked to.
 */
import type { TrainEvent } from '../api'
import { layersOf } from '../checkpoint'
import { effectiveBatch, type LinearProbeConfig } from '../config'
import { epochOrder } from '../dataset'
import { IjepaError } from '../errors'
import type { FeatureRows, Heads, Session } from '../native'
import { learningRateAt } from '../schedule'
import { groupsOf, withCandidate, type Candidate, type CandidateGroup } from './candidates'
import { fitLogistic } from './logistic-fit'
import { headsConfig, updatesPerEpoch, type HeadsShape } from './probe-heads'
import { neighborScores } from './neighbor-votes'

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

export interface SweepOptions extends HeadsShape {
  readonly session: Session
  readonly config: LinearProbeConfig & { readonly sweep: NonNullable<LinearProbeConfig['sweep']> }
  /** As the heads see them. */
  readonly train: FeatureRows
  readonly judge: FeatureRows
  /** Of the rows that judge. */
  readonly judgeLabels: Int32Array
  readonly signal: AbortSignal | undefined
  readonly emit: (event: TrainEvent) => void
}

/** By candidate. */
export interface Scores {
  readonly loss: ArrayLike<number>
  readonly top1: ArrayLike<number>
}

/** @throws ERR_LOSS_NOT_FINITE: no candidate came to a number */
export async function chooseBySweep(options: SweepOptions): Promise<Choice> {
  const { config, train, judge } = options
  const groups = groupsOf(config)
  const { loss, top1 } = await (config.head === 'neighbors' ? votesOf : scoresOf)(options, groups)
  const judged = groups
    .flatMap(({ candidates }) => candidates)
    .map((candidate, i) => ({
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
}

/** The recipe with what was chosen in the place of the lists. */
export function withChoice(config: LinearProbeConfig, { candidates, chosen }: Choice): LinearProbeConfig {
  const { loss: _, top1: __, ...candidate } = candidates[chosen]!
  return withCandidate(config, candidate)
}

async function scoresOf(options: SweepOptions, groups: readonly CandidateGroup[]): Promise<Scores> {
  const { session, config, train, judge, signal, emit } = options
  const heads = await session.createHeads(headsConfig(config, groups, options))
  try {
    if (config.head === 'logistic') {
      const strengths = groups.flatMap(({ candidates }) => candidates.map(({ c }) => c!))
      await fitLogistic({ session, heads, train, strengths, intercept: config.intercept, signal })
      emit({ type: 'evaluate', suite: 'sweep', done: 1, total: 1 })
    } else {
      await trainHeads(heads, groups, options)
    }
    return await session.cancellable(signal, () => heads.scores(judge.features, judge.rows))
  } finally {
    heads.dispose()
  }
}

async function votesOf(options: SweepOptions, groups: readonly CandidateGroup[]): Promise<Scores> {
  const { session, config, train, judge, judgeLabels, embedDim, classes, signal, emit } = options
  const scores: { loss: number; top1: number }[] = []
  for (const [index, { features, candidates }] of groups.entries()) {
    const neighbors = Int32Array.from(candidates, ({ k }) => k!)
    const voting = {
      classes,
      columns: layersOf[features] * embedDim,
      neighbors,
      temperature: config.temperature,
    }
    const votes = await session.cancellable(signal, () => session.neighborVotes(train, judge, voting))
    scores.push(...neighborScores(votes, judgeLabels, voting))
    emit({ type: 'evaluate', suite: 'sweep', done: index + 1, total: groups.length })
  }
  return { loss: scores.map(({ loss }) => loss), top1: scores.map(({ top1 }) => top1) }
}

async function trainHeads(
  heads: Heads,
  groups: readonly CandidateGroup[],
  { session, config, train, seed, signal, emit }: SweepOptions,
): Promise<void> {
  const size = Math.min(effectiveBatch(config), train.rows.length)
  const steps = updatesPerEpoch(train.rows.length, config, groups)
  const recipes = groups.flatMap(({ candidates }) => candidates.map((one) => withCandidate(config, one)))
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
