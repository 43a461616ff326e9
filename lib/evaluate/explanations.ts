/** Why a run answered as it did: a few mistakes and a few right answers, with heat maps and their nearest training pictures. */
import type { Explanation, Run, TrainEvent } from '../api'
import { subset, type Split } from '../dataset'
import { explainPictures, openClassifier, seenPictures, type ModelDescription } from '../inference'
import type { Analysis } from '../metrics'
import type { Session } from '../native'
import type { Plan } from '../train'
import type { AccuracyResult } from './accuracy'
import { nearestTraining, type NearestTraining, type TrainingNeighbor } from './nearest-training'

const [wrongAnswers, rightAnswers] = [4, 2] as const
const neighborsOfEach = 4
/** Longest side of a picture as the model sees it, in pixels. */
const pictureSize = 128
/** Training pictures that are encoded for the neighbours, at most: half as many as were evaluated, from 100 to 2,000. */
const encodedPictures = (evaluated: number): number =>
  Math.min(2000, Math.max(100, Math.round(evaluated / 2)))

export interface ExplainedAnswer {
  /** Of the analysis. */
  readonly row: number
  readonly label: number
  readonly predicted: number
  readonly probability: number
  /** JPEG, as the model sees it. */
  readonly picture: Uint8Array
  /** Gradient × activation for the predicted class. */
  readonly forPredicted: Explanation
  /** The same for the true class; of mistakes only. */
  readonly forLabel?: Explanation
  readonly attention: Explanation
  /** Empty where the run's training pictures are not those of the plan. */
  readonly neighbors: readonly TrainingNeighbor[]
}

export interface ExplainedAnswers {
  readonly answers: readonly ExplainedAnswer[]
  /** Undefined where there are no neighbours. */
  readonly search?: Pick<NearestTraining, 'searched' | 'of'>
}

export interface ExplainAnswersOptions {
  readonly plan: Plan
  readonly run: Run
  readonly split: Split
  readonly result: Pick<AccuracyResult, 'samples'>
  readonly analysis: Analysis
  /** Longest side of a thumbnail, in pixels. */
  readonly size: number
  readonly signal: AbortSignal
  readonly emit: (event: TrainEvent) => void
}

type Chosen = Pick<ExplainedAnswer, 'row' | 'label' | 'predicted' | 'probability'>

/** Loads the run's best checkpoint again, and frees it. */
export async function explainAnswers(options: ExplainAnswersOptions): Promise<ExplainedAnswers> {
  const { plan, run, split, result, analysis, signal } = options
  const chosen = [...analysis.mistakes.slice(0, wrongAnswers), ...surestRight(analysis, rightAnswers)]
  if (chosen.length === 0) return { answers: [] }
  const pictures = subset(
    split,
    chosen.map(({ row }) => result.samples[row]!),
  )
  const { device, loading } = plan
  const { session, model } = await openClassifier(run.directory, { device, threads: loading.threads, signal })
  try {
    if (model.neighbors) return { answers: [] } // votes have no gradient
    const maps = await mapsOf(session, model, pictures, chosen, options)
    const nearest = await neighborsOf(session, model, pictures, options)
    const answers = maps.map((answer, i) => ({ ...answer, neighbors: nearest?.neighbors[i] ?? [] }))
    return { answers, ...(nearest ? { search: { searched: nearest.searched, of: nearest.of } } : {}) }
  } finally {
    await session.dispose()
  }
}

/** The surest right answers, each of another class. */
function surestRight({ predictions }: Analysis, count: number): Chosen[] {
  const { choices, classes, probabilities, labels } = predictions
  const surest = new Map<number, Chosen>()
  labels.forEach((label, row) => {
    const predicted = classes[row * choices]!
    const probability = probabilities[row * choices]!
    if (predicted !== label || probability <= (surest.get(label)?.probability ?? 0)) return
    surest.set(label, { row, label, predicted, probability })
  })
  return [...surest.values()].sort((a, b) => b.probability - a.probability || a.row - b.row).slice(0, count)
}

async function mapsOf(
  session: Session,
  model: ModelDescription,
  pictures: Split,
  chosen: readonly Chosen[],
  { plan, signal }: ExplainAnswersOptions,
): Promise<Omit<ExplainedAnswer, 'neighbors'>[]> {
  const { geometry, preprocessing } = model
  const loading = { ...plan.loading, geometry, preprocessing }
  const labelled = (labels: readonly number[]) => ({ ...pictures.table, label: Int32Array.from(labels) })
  const explain = (labels: readonly number[], method: 'gradient' | 'attention') =>
    explainPictures(session, loading, labelled(labels), { method, signal })
  const predicted = chosen.map((answer) => answer.predicted)
  const forPredicted = await explain(predicted, 'gradient')
  const forLabel = await explain(
    chosen.map(({ label }) => label),
    'gradient',
  )
  const attention = await explain(predicted, 'attention')
  const seen = await seenPictures(pictures.table, loading, pictureSize)
  return chosen.map(({ row, label, predicted, probability }, i) => ({
    row,
    label,
    predicted,
    probability,
    picture: seen[i]!,
    forPredicted: forPredicted[i]!,
    ...(label === predicted ? {} : { forLabel: forLabel[i]! }),
    attention: attention[i]!,
  }))
}

async function neighborsOf(
  session: Session,
  model: ModelDescription,
  queries: Split,
  { plan, run, result, size, signal, emit }: ExplainAnswersOptions,
): Promise<NearestTraining | undefined> {
  if (run.config.dataFingerprint !== plan.dataset.fingerprint) return undefined
  const encode = encodedPictures(result.samples.length)
  return nearestTraining(session, {
    plan,
    run,
    model,
    queries,
    count: neighborsOfEach,
    encode,
    size,
    signal,
    emit,
  })
}
