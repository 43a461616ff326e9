/** What the features of a probe's encoder look like by themselves: their rank, their spread, their neighbours, a map of them. */
import type { PlannedTensor } from '../../binding.gyp'
import type { Run, TrainEvent } from '../api'
import { recordedRecipe, type LinearProbeConfig } from '../config'
import { chooseExamples, evenOrder, subset, type Split } from '../dataset'
import { createModel, openEncoder } from '../inference'
import { effectiveRank, featureMap, type RepresentationHealth } from '../metrics'
import type { Session } from '../native'
import { EncoderFeatures, rowsOf, type EncodedSplit, type Plan } from '../train'

/** Most pictures of the split that are looked at, those that the map has, and those that neighbours vote for. */
const [mostRows, mappedRows, mostQueries] = [2000, 600, 500] as const
/** Training pictures that vote: half as many as there are rows, between these. */
const [fewestVoters, mostVoters] = [100, 2000] as const
const neighbors = 20
/** DINOv2's. */
const temperature = 0.07

export interface HealthOptions {
  readonly plan: Plan
  readonly run: Run
  readonly split: Split
  readonly signal: AbortSignal
  readonly emit: (event: TrainEvent) => void
}

/**
 * Of a probe's frozen encoder: pooled features of its last block. The cache keeps what is encoded for it, and so a stopped
 * evaluation goes on where it was.
 */
export async function representationHealth(options: HealthOptions): Promise<RepresentationHealth> {
  const { plan, run, split } = options
  const pictures = {
    split: few(split, mostRows, plan.seed),
    voters: few(
      plan.dataset.train,
      Math.min(mostVoters, Math.max(fewestVoters, Math.round(split.labels.length / 2))),
      plan.seed,
    ),
  }
  const { geometry, plan: weights } = await openEncoder(run.directory)
  const trained = await withEncoder(options, { geometry, weights }, pictures, async (session, encoded) => ({
    ...(await looksOf(session, encoded.split, pictures.split.labels, options)),
    top1: await votes(session, encoded, pictures.split.labels, options),
  }))
  // Of random weights the queries are all that is looked at.
  const asked = { ...pictures, split: subset(pictures.split, queriesOf(pictures.split.labels.length)) }
  const randomTop1 = await withEncoder(options, { geometry, weights: [] }, asked, (session, encoded) =>
    votes(session, encoded, asked.split.labels, options),
  )
  const { top1, ...looks } = trained
  const train = pictures.voters.labels.length
  const queries = asked.split.labels.length
  return { ...looks, nearest: { k: Math.min(neighbors, train), train, queries, top1, randomTop1 } }
}

/** Of each class as many as of others, as far as there are some. */
function few(split: Split, count: number, seed: number): Split {
  return split.labels.length <= count ? split : subset(split, chooseExamples(split, count, seed))
}

interface Encoded {
  readonly split: EncodedSplit
  readonly voters: EncodedSplit
}

/** With an encoder of these weights, or random ones, and the features that it gives. */
async function withEncoder<T>(
  { plan, run, signal, emit }: HealthOptions,
  { geometry, weights }: { geometry: Plan['encoder']['geometry']; weights: readonly PlannedTensor[] },
  pictures: { split: Split; voters: Split },
  work: (session: Session, encoded: Encoded) => Promise<T>,
): Promise<T> {
  const { dataset, preprocessing, device, threads, linearKernel } = plan
  const recorded = recordedRecipe(run.kind, run.config.recipe as LinearProbeConfig) as LinearProbeConfig
  const features = { pooling: 'norm_then_mean', features: 'last', precision: recorded.precision } as const
  const session = await createModel(
    {
      ...{
        geometry,
        plan: weights,
        classes: dataset.classes.length,
        preprocessing,
        device,
        threads,
        linearKernel,
      },
      ...{ pooling: features.pooling, features: features.features, seed: 0, headInit: 0 },
    },
    signal,
  )
  const open: EncodedSplit[] = []
  try {
    const own = { ...dataset, train: pictures.voters, validation: pictures.split }
    const config = { ...features, cache: recorded.cache, views: null, augmentation: null }
    const encoder = new EncoderFeatures(session, { ...plan, dataset: own }, config, { signal, emit })
    const encode = async (split: Split): Promise<EncodedSplit> => {
      const encoded = await encoder.evaluated(split)
      open.push(encoded)
      return encoded
    }
    return await work(session, { split: await encode(pictures.split), voters: await encode(pictures.voters) })
  } finally {
    for (const { features } of open) features.dispose()
    await session.dispose()
  }
}

async function looksOf(
  session: Session,
  encoded: EncodedSplit,
  labels: Int32Array,
  { plan, signal }: HealthOptions,
): Promise<Omit<RepresentationHealth, 'nearest'>> {
  const columns = plan.encoder.geometry.embedDim
  const rows = rowsOf(encoded)
  const found = await session.cancellable(signal, () => session.featureStatistics(rows, columns))
  const values = await encoded.features.read()
  const mapped = evenOrder(rows.rows.length, mappedRows)
  const chosen = new Float32Array(mapped.length * columns)
  mapped.forEach((row, i) => {
    chosen.set(values.subarray(row * columns, (row + 1) * columns), i * columns)
  })
  const points = await featureMap(chosen, columns, plan.seed)
  signal.throwIfAborted()
  return {
    samples: rows.rows.length,
    columns,
    singularValues: found.centredSingularValues,
    effectiveRank: effectiveRank(found.centredSingularValues),
    rankMe: effectiveRank(found.singularValues),
    norm: found.norm,
    normDeviation: found.normDeviation,
    spread: found.spread,
    ...(points ? { map: { points, labels: mapped.map((row) => labels[encoded.samples[row]!]!) } } : {}),
  }
}

const queriesOf = (rows: number): Int32Array => evenOrder(rows, mostQueries)

/** Top-1 of the neighbours' votes; labels of the split. */
async function votes(
  session: Session,
  { split, voters }: Encoded,
  labels: Int32Array,
  { plan, signal }: HealthOptions,
): Promise<number> {
  const classes = plan.dataset.classes.length
  const columns = plan.encoder.geometry.embedDim
  const queries = queriesOf(split.samples.length)
  const config = { classes, columns, neighbors: Int32Array.of(neighbors), temperature }
  const found = await session.cancellable(signal, () =>
    session.neighborVotes(rowsOf(voters), { features: split.features, rows: queries }, config),
  )
  const right = queries.filter((row, i) => {
    const own = found.subarray(i * classes, (i + 1) * classes)
    return own.indexOf(Math.max(...own)) === labels[split.samples[row]!]
  })
  return right.length / queries.length
}
