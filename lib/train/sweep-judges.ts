/** Candidates trained or fitted on one part of the pictures, with what they say of the other. */
import type { TrainEvent } from '../api'
import { layersOf } from '../checkpoint'
import { effectiveBatch, type LinearProbeConfig } from '../config'
import { epochOrder } from '../dataset'
import type { FeatureRows, Heads, Session } from '../native'
import { learningRateAt } from '../schedule'
import { withCandidate, type CandidateGroup } from './candidates'
import { fitLogistic } from './logistic-fit'
import { neighborScores, voteLogits } from './neighbor-votes'
import { headsConfig, updatesPerEpoch, type HeadsShape } from './probe-heads'

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
interface Scores {
  readonly loss: ArrayLike<number>
  readonly top1: ArrayLike<number>
}

export interface JudgedCandidates {
  readonly scores: Scores
  /** Logits [rows, C] of one candidate on rows, in ascending order, of those that judge. */
  logits(candidate: number, rows: Int32Array): Promise<Float32Array>
  dispose(): void
}

/** Candidates in the order of their groups. */
export async function judgeCandidates(
  options: SweepOptions,
  groups: readonly CandidateGroup[],
): Promise<JudgedCandidates> {
  return options.config.head === 'neighbors' ? judgeNeighbors(options, groups) : judgeHeads(options, groups)
}

async function judgeHeads(
  options: SweepOptions,
  groups: readonly CandidateGroup[],
): Promise<JudgedCandidates> {
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
    const scores = await session.cancellable(signal, () => heads.scores(judge.features, judge.rows))
    return {
      scores,
      logits: (head, rows) => headLogits(heads, head, { ...options, rows }),
      dispose: () => {
        heads.dispose()
      },
    }
  } catch (error) {
    heads.dispose()
    throw error
  }
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

/** Rows that a head is asked for at a time. */
const blockRows = 1024

/** A head answers for whole blocks of rows: what lies between those wanted is dropped. */
async function headLogits(
  heads: Heads,
  head: number,
  { session, judge: { features }, classes, signal, rows }: SweepOptions & { rows: Int32Array },
): Promise<Float32Array> {
  const logits = new Float32Array(rows.length * classes)
  for (let place = 0; place < rows.length;) {
    const begin = rows[place]!
    const end = Math.min(begin + blockRows, features.rows)
    const block = await session.cancellable(signal, () => heads.predict(features, begin, end, head))
    for (; place < rows.length && rows[place]! < end; place++) {
      const from = (rows[place]! - begin) * classes
      logits.set(block.subarray(from, from + classes), place * classes)
    }
  }
  return logits
}

async function judgeNeighbors(
  options: SweepOptions,
  groups: readonly CandidateGroup[],
): Promise<JudgedCandidates> {
  const { judge, judgeLabels, emit } = options
  const scores: { loss: number; top1: number }[] = []
  for (const [index, group] of groups.entries()) {
    const voting = votingOf(options, group)
    scores.push(...neighborScores(await votesOn(judge, voting, options), judgeLabels, voting))
    emit({ type: 'evaluate', suite: 'sweep', done: index + 1, total: groups.length })
  }
  const each = groups.flatMap((group) =>
    group.candidates.map((candidate) => votingOf(options, { ...group, candidates: [candidate] })),
  )
  return {
    scores: { loss: scores.map(({ loss }) => loss), top1: scores.map(({ top1 }) => top1) },
    logits: async (candidate, rows) =>
      voteLogits(await votesOn({ ...judge, rows }, each[candidate]!, options)),
    dispose: () => undefined,
  }
}

const votingOf = (
  { config, embedDim, classes }: SweepOptions,
  { features, candidates }: Pick<CandidateGroup, 'features' | 'candidates'>,
) => ({
  classes,
  columns: layersOf[features] * embedDim,
  neighbors: Int32Array.from(candidates, ({ k }) => k!),
  temperature: config.temperature,
})

function votesOn(
  queries: FeatureRows,
  voting: ReturnType<typeof votingOf>,
  { session, train, signal }: SweepOptions,
): Promise<Float32Array> {
  return session.cancellable(signal, () => session.neighborVotes(train, queries, voting))
}
