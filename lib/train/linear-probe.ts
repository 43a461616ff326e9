/** Probing: the encoder frozen, its features computed once and kept, and what stands on them trained or fitted. */
import type { TrainEvent } from '../api'
import { isFitted, isPlain, type LinearProbeConfig } from '../config'
import type { Session } from '../native'
import { EncoderFeatures, type FeatureSource } from './encoder-features'
import { FittedProbeLearner } from './fitted-probe'
import { HeadsProbeLearner } from './heads-probe'
import { setLabelSets } from './label-sets'
import { PlainProbeLearner } from './plain-probe'
import { createPlannedModel, type Plan } from './plan'
import { chooseForProbe } from './probe-choice'
import type { ProbeLearner, ProbeParts } from './probe-learner'
import { withChoice, type Choice } from './sweep'

export interface ProbeOptions {
  readonly signal?: AbortSignal
  readonly emit: (event: TrainEvent) => void
  /** What an earlier session of the run has chosen. */
  readonly choice?: Choice
  /** In the encoder's place, for a model that was made. */
  readonly features?: ((session: Session) => Promise<FeatureSource>) | undefined
}

/** Encodes train and validation, and chooses where there is something to choose. */
export async function createProbeLearner(
  plan: Plan,
  config: LinearProbeConfig,
  options: ProbeOptions,
): Promise<ProbeLearner> {
  const session = await createPlannedModel(plan, config, options.signal)
  try {
    const parts = await prepare(session, plan, config, options)
    if (isPlain(config)) return new PlainProbeLearner(parts)
    if (!isFitted(config)) return await HeadsProbeLearner.create(parts, config)
    const warn = (message: string) => {
      options.emit({ type: 'warning', code: 'WARN_NOT_CONVERGED', message })
    }
    return await FittedProbeLearner.create(parts, config, { signal: options.signal, warn })
  } catch (error) {
    await session.dispose()
    throw error
  }
}

async function prepare(
  session: Session,
  plan: Plan,
  config: LinearProbeConfig,
  options: ProbeOptions,
): Promise<ProbeParts> {
  const { dataset } = plan
  const { signal, emit } = options
  const encoder =
    (await options.features?.(session)) ?? new EncoderFeatures(session, plan, config, { signal, emit })
  const train = await encoder.trained(dataset.train)
  const validation = dataset.validation && (await encoder.evaluated(dataset.validation))
  if (config.standardize) await session.standardize(train.features)
  const { labelSets } = dataset.train
  if (labelSets) {
    await setLabelSets(
      session,
      Array.from(train.samples, (sample) => labelSets[sample]!),
    )
  }
  const { cacheFolder: cacheDirectory } = encoder
  const tried = () =>
    chooseForProbe({ session, plan, config, train, validation, cacheDirectory, signal, emit })
  const choice = config.sweep === null ? undefined : (options.choice ?? (await tried()))
  const taken = choice ? withChoice(config, choice) : config
  return { session, plan, config: taken, train, validation, choice }
}
