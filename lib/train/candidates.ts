/** What a probe chooses among: kinds of features and heads with their hyper-parameters. */
import type { HeadGroup } from '../../binding.gyp'
import { layersOf, type EncoderGeometry, type HeadFeatures } from '../checkpoint'
import type { LinearProbeConfig, RecipeConfig } from '../config'

/** A head that is trained, with its rate and decay; a logistic regression with its c; neighbours with their k. */
export interface Candidate {
  /** These two are absent where an older version chose. */
  readonly features?: HeadFeatures
  readonly head?: 'linear' | 'batchnorm-linear' | 'logistic' | 'neighbors'
  readonly learningRate?: number
  readonly weightDecay?: number
  readonly c?: number
  readonly k?: number
}

/** Candidates that see the same, as one group of heads computes them. */
export interface CandidateGroup {
  readonly features: HeadFeatures
  readonly batchNorm: HeadGroup['batchNorm']
  readonly candidates: readonly Candidate[]
}

/** Of one that is chosen already, the one. */
export function groupsOf(config: LinearProbeConfig): CandidateGroup[] {
  return featuresOf(config).flatMap((features) =>
    headsOf(config).map((head) => ({
      features,
      batchNorm: head === 'batchnorm-linear' ? config.batchNorm : ('none' as const),
      candidates: settingsOf(config).map((settings) => ({ features, head, ...settings })),
    })),
  )
}

const featuresOf = ({ features }: LinearProbeConfig): HeadFeatures[] =>
  features === 'both' ? ['last', 'last4'] : [features]

function headsOf({ head }: LinearProbeConfig): NonNullable<Candidate['head']>[] {
  if (head === 'both') return ['linear', 'batchnorm-linear']
  return head === 'attentive' ? [] : [head] // which is no head on pooled features
}

function settingsOf({ head, c, k, sweep, ...config }: LinearProbeConfig): Candidate[] {
  if (head === 'logistic') return c.map((one) => ({ c: one }))
  if (head === 'neighbors') return k.map((one) => ({ k: one }))
  const { learningRates, weightDecays } = sweep ?? {
    learningRates: [config.learningRate],
    weightDecays: [config.weightDecay],
  }
  return learningRates.flatMap((learningRate) =>
    weightDecays.map((weightDecay) => ({ learningRate, weightDecay })),
  )
}

/** The recipe with a candidate in the place of what there was to choose. */
export function withCandidate(config: LinearProbeConfig, candidate: Candidate): LinearProbeConfig {
  const { features = config.features, head = config.head, learningRate, weightDecay, c, k } = candidate
  return {
    ...config,
    features,
    head,
    sweep: null,
    ...(learningRate === undefined ? {} : rateOf(config, learningRate)),
    ...(weightDecay === undefined ? {} : { weightDecay, weightDecayEnd: weightDecay }),
    ...(c === undefined ? {} : { c: [c] }),
    ...(k === undefined ? {} : { k: [k] }),
  }
}

const rateOf = ({ minLearningRate }: LinearProbeConfig, learningRate: number) => ({
  learningRate,
  minLearningRate: Math.min(minLearningRate, learningRate),
})

/** Last blocks of which features are computed. */
export const encodedLayers = ({ features }: Pick<LinearProbeConfig, 'features'>): number =>
  layersOf[features === 'both' ? 'last4' : features]

/** Bytes of a value of an encoder's output that is kept, in memory and on the disk. */
export const keptBytes = ({ precision }: Pick<RecipeConfig, 'precision'>): number =>
  precision === 'fp32' ? 4 : 2

/** Bytes of a picture's pooled features. */
export const featureBytes = (
  { embedDim }: EncoderGeometry,
  config: Pick<LinearProbeConfig, 'features' | 'precision'>,
): number => encodedLayers(config) * embedDim * keptBytes(config)
