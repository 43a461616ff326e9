/**
 * Choosing a probe's features, head and hyper-parameters: every candidate is trained or fitted on a part of the training pictures
 * and judged on the rest of them. The validation pictures have no say, unless they are asked to.
 */
import type { LinearProbeConfig } from '../config'
import { evenOrder } from '../dataset'
import { IjepaError } from '../errors'
import { fitTemperatureAsync, type Temperature } from '../metrics'
import { groupsOf, withCandidate, type Candidate } from './candidates'
import { judgeCandidates, type JudgedCandidates, type SweepOptions } from './sweep-judges'

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
  /** Fitted on the pictures of train that judged; absent where validation did, where there is none, and of older versions. */
  readonly temperature?: Temperature
}

/** @throws ERR_LOSS_NOT_FINITE: no candidate came to a number */
export async function chooseBySweep(options: SweepOptions): Promise<Choice> {
  const { config, train, judge } = options
  const groups = groupsOf(config)
  const candidates = await judgeCandidates(options, groups)
  try {
    const { loss, top1 } = candidates.scores
    const judged = groups
      .flatMap((group) => group.candidates)
      .map((candidate, i) => ({
        ...candidate,
        loss: Number.isFinite(loss[i]) ? loss[i]! : null,
        top1: top1[i]!,
      }))
    const chosen = bestOf(judged)
    const judgedBy = config.sweep.select === 'validation' ? 'validation' : 'train'
    const temperature =
      judgedBy === 'train' ? await heldOutTemperature(candidates, chosen, options) : undefined
    return {
      judgedBy,
      trainedOn: train.rows.length,
      judgedOn: judge.rows.length,
      candidates: judged,
      chosen,
      ...(temperature ? { temperature } : {}),
    }
  } finally {
    candidates.dispose()
  }
}

/** The recipe with what was chosen in the place of the lists. */
export function withChoice(config: LinearProbeConfig, { candidates, chosen }: Choice): LinearProbeConfig {
  const { loss: _, top1: __, ...candidate } = candidates[chosen]!
  return withCandidate(config, candidate)
}

/** As many pictures as these tell a temperature to about a hundredth. */
const enoughPictures = 20_000

/**
 * Of the candidate that was chosen, as it was trained on the rest: the pictures that judged it were held out of its training. All of
 * train is trained on later, for the same recipe, whose temperature is taken to be the same.
 */
async function heldOutTemperature(
  judged: JudgedCandidates,
  chosen: number,
  { judge, judgeLabels }: SweepOptions,
): Promise<Temperature | undefined> {
  const places = evenOrder(judge.rows.length, enoughPictures)
  const logits = await judged.logits(
    chosen,
    places.map((place) => judge.rows[place]!),
  )
  const labels = places.map((place) => judgeLabels[place]!)
  const fitted = await fitTemperatureAsync({ logits, labels })
  return fitted && { ...fitted, fittedOn: 'train' }
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
