/** The training pictures that are most like others in a classifier's own features. */
import type { Run, TrainEvent } from '../api'
import { recordedRecipe, type LinearProbeConfig } from '../config'
import { chooseExamples, subset, type Split } from '../dataset'
import { headColumns, type ModelDescription } from '../inference'
import { thumbnails, type Session } from '../native'
import { EncoderFeatures, rowsOf, type EncodedSplit, type EncodingConfig, type Plan } from '../train'

export interface TrainingNeighbor {
  /** Printable name. */
  readonly file: string
  readonly label: number
  /** Cosine of pooled features. */
  readonly similarity: number
  readonly thumbnail: Uint8Array
}

export interface NearestTraining {
  /** Of each picture that was asked for, nearest first. */
  readonly neighbors: readonly (readonly TrainingNeighbor[])[]
  /** Training pictures that were searched, and how many there are. */
  readonly searched: number
  readonly of: number
}

export interface NearestTrainingOptions {
  readonly plan: Plan
  readonly run: Pick<Run, 'kind' | 'config'>
  readonly model: ModelDescription
  readonly queries: Split
  /** Neighbours of each. */
  readonly count: number
  /** Most pictures that are encoded for it, drawn by the plan's seed, where the features of all are not in the cache. */
  readonly encode: number
  /** Longest side of a thumbnail, in pixels. */
  readonly size: number
  readonly signal?: AbortSignal
  readonly emit: (event: TrainEvent) => void
}

/** @param session holds the run's classifier */
export async function nearestTraining(
  session: Session,
  options: NearestTrainingOptions,
): Promise<NearestTraining> {
  const { plan, queries, signal, emit } = options
  const { train } = plan.dataset
  const config = encodingConfig(options)
  const encoderOf = (dataset: Plan['dataset'], cache: LinearProbeConfig['cache']) =>
    new EncoderFeatures(session, { ...plan, dataset }, { ...config, cache }, { signal, emit })
  const isKept = config.cache !== false && (await encoderOf(plan.dataset, config.cache).kept(train))
  const among = isKept ? train : subset(train, chooseExamples(train, options.encode, plan.seed))
  const dataset = { ...plan.dataset, train: among, validation: queries }
  const uncached = encoderOf(dataset, false)
  const known = await (isKept ? encoderOf(dataset, config.cache) : uncached).evaluated(among)
  try {
    const asked = await uncached.evaluated(queries)
    try {
      const neighbors = await search(session, { known, asked, among }, options)
      return { neighbors, searched: known.samples.length, of: train.labels.length }
    } finally {
      asked.features.dispose()
    }
  } finally {
    known.features.dispose()
  }
}

/** A probe's own features, which the cache may hold; a tuned encoder's in float32. */
function encodingConfig({ run, model }: NearestTrainingOptions): EncodingConfig {
  const { pooling, features } = model
  const plain = {
    pooling,
    features,
    precision: 'fp32',
    cache: false,
    views: null,
    augmentation: null,
  } as const
  if (run.kind !== 'linear-probe') return plain
  const recorded = recordedRecipe(run.kind, run.config.recipe as LinearProbeConfig) as LinearProbeConfig
  return { ...recorded, views: null, augmentation: null }
}

async function search(
  session: Session,
  { known, asked, among }: { known: EncodedSplit; asked: EncodedSplit; among: Split },
  { model, queries, count, size, signal }: NearestTrainingOptions,
): Promise<TrainingNeighbor[][]> {
  const columns = headColumns(model)
  const { rows, similarities } = await session.cancellable(signal, () =>
    session.nearestRows(rowsOf(known), rowsOf(asked), { columns, count }),
  )
  const found = queries.names.map((): TrainingNeighbor[] => [])
  for (const [query, sample] of asked.samples.entries()) {
    const own = rows.subarray(query * count, (query + 1) * count).filter((row) => row >= 0)
    const samples = own.map((row) => known.samples[row]!)
    const pictures = await thumbnails(among.table, samples, size)
    samples.forEach((trained, i) => {
      found[sample]!.push({
        file: among.names[trained]!.slice(among.keyStarts[trained]),
        label: among.labels[trained]!,
        similarity: similarities[query * count + i]!,
        thumbnail: pictures[i]!,
      })
    })
  }
  return found
}
