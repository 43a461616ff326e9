/** What a probe's candidates are trained and judged on: the features as they see them, and who chooses. */
import type { TrainEvent } from '../api'
import type { LinearProbeConfig } from '../config'
import { heldOutRows, sequentialOrder, type Split } from '../dataset'
import type { FeatureRows, Features, Session } from '../native'
import { encodedLayers } from './candidates'
import { rowsOf, type EncodedSplit } from './encoder-features'
import type { Plan } from './plan'
import { chooseBySweep, type Choice } from './sweep'

export interface ProbeChoiceOptions {
  /** Standardised by train's features, where the recipe says so. */
  readonly session: Session
  readonly plan: Plan
  readonly config: LinearProbeConfig
  readonly train: EncodedSplit
  readonly validation: EncodedSplit | undefined
  /** Where the hashes of the pictures are that were encoded; undefined: nowhere. */
  readonly cacheDirectory: string | undefined
  readonly signal: AbortSignal | undefined
  readonly emit: (event: TrainEvent) => void
}

/** Of a recipe with a sweep. @throws ERR_DATASET: nothing can be held out; ERR_LOSS_NOT_FINITE */
export async function chooseForProbe(options: ProbeChoiceOptions): Promise<Choice> {
  const { session, plan, config, signal, emit } = options
  const sweep = config.sweep!
  const prepared: Features[] = []
  const see = async ({ features }: EncodedSplit): Promise<Features> => {
    const seen = await asSeen(session, config, features)
    if (seen !== features) prepared.push(seen)
    return seen
  }
  try {
    return await chooseBySweep({
      session,
      config: { ...config, sweep },
      ...(sweep.select === 'validation'
        ? await byValidation(options, see)
        : await byTrain(options, sweep.select.fraction, see)),
      embedDim: plan.encoder.geometry.embedDim,
      classes: plan.dataset.classes.length,
      seed: plan.seed,
      signal,
      emit,
    })
  } finally {
    for (const features of prepared) features.dispose()
  }
}

/** The same features where the head sees them as they are; else new ones, as it sees them. */
export async function asSeen(
  session: Session,
  config: LinearProbeConfig,
  features: Features,
): Promise<Features> {
  if (!config.standardize && !config.normalize) return features
  const seen = session.createFeatures(encodedLayers(config))
  await session.appendPrepared(features, seen)
  return seen
}

type See = (split: EncodedSplit) => Promise<Features>
type Sides = Promise<{ train: FeatureRows; judge: FeatureRows; judgeLabels: Int32Array }>

async function byValidation({ plan, train, validation }: ProbeChoiceOptions, see: See): Sides {
  const whole = async (split: EncodedSplit) => rowsOf({ ...split, features: await see(split) })
  const judgeLabels = labelsOf(plan.dataset.validation!, validation!.samples)
  return { train: await whole(train), judge: await whole(validation!), judgeLabels }
}

async function byTrain(
  { plan, train, cacheDirectory, signal }: ProbeChoiceOptions,
  fraction: number,
  see: See,
): Sides {
  const { groupBy, seed, dataset } = plan
  const isHeldOut = await heldOutRows(dataset.train, { fraction, seed, groupBy, cacheDirectory, signal })
  const features = await see(train)
  const rows = sequentialOrder(train.samples.length)
  const side = (bit: number) => ({
    features,
    rows: rows.filter((row) => isHeldOut[train.samples[row]!] === bit),
  })
  const judge = side(1)
  const judged = judge.rows.map((row) => train.samples[row]!)
  return { train: side(0), judge, judgeLabels: labelsOf(dataset.train, judged) }
}

export const labelsOf = ({ labels }: Split, samples: Int32Array): Int32Array =>
  samples.map((sample) => labels[sample] ?? -1)
