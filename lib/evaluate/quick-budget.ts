/** What of the suites fits into the quick budget's minutes, by the speed at which this machine judges pictures. */
import { commonCorruptions, sensitivityChanges, type EvaluateConfig } from '../config'

/**
 * Of its 15 minutes what changed pictures have, and what the encodings of the label-efficiency suite have; the rest is for accuracy,
 * for fitting probes and for the report.
 */
export const [changedSeconds, encodingSeconds] = [300, 240] as const

/** Changed pictures: fewer say nothing, with so many no change need be left out, and more are hardly worth the time. */
export const [fewestImages, enoughImages, mostImages] = [50, 200, 2000] as const

/** Seconds for one picture. */
export interface Speed {
  /** As it is, by the first run's encoder. */
  readonly encoding: number
  /** Changed, and judged by every run. */
  readonly changed: number
}

export interface QuickChoice {
  /** Pictures that robustness and sensitivity judge, at most; those of the two are the same. */
  readonly images: number
  readonly corruptions: readonly string[]
  readonly severities: readonly number[]
  /** Of the label-efficiency suite: training pictures that are encoded, and pictures that judge, at most. */
  readonly encodedImages: number
  readonly judgedImages: number
  readonly speed: Speed
}

type Asked = Pick<EvaluateConfig, 'suites' | 'sensitivity' | 'robustness' | 'maxImages'>

/** @param available pictures of the split that is evaluated */
export function quickChoice(speed: Speed, asked: Asked, available: number): QuickChoice {
  const seconds = encodingSeconds / 2 // for each of the two encoders, the pre-trained one and the random one
  const encoded = coarse(seconds / speed.encoding)
  return {
    ...changesWithin(changedSeconds / speed.changed, asked, available),
    encodedImages: encoded,
    judgedImages: Math.max(enoughImages, coarse(encoded / 4)),
    speed,
  }
}

/** The first of the lessenings that leaves time for enough pictures, or else the last; pictures that were asked for are taken under all. */
function changesWithin(
  judgements: number,
  asked: Asked,
  available: number,
): Pick<QuickChoice, 'images' | 'corruptions' | 'severities'> {
  const lessenings = lessened(asked)
  if (asked.maxImages !== null) return { ...lessenings[0], images: asked.maxImages }
  const others = asked.sensitivity ? sensitivityChanges.length : 0
  const fitting = lessenings.map((changes) => {
    const times = changes.corruptions.length * changes.severities.length + others
    return { ...changes, images: Math.min(mostImages, coarse(judgements / Math.max(1, times))) }
  })
  const enough = Math.min(enoughImages, available)
  const chosen = fitting.find(({ images }) => images >= enough) ?? fitting.at(-1)!
  return { ...chosen, images: Math.max(fewestImages, chosen.images) }
}

/** From all that was asked for to one corruption of each kind at one severity; what was given stays. */
function lessened({ suites, robustness }: Asked): readonly [Changes, ...Changes[]] {
  const { corruptions, severities, given } = robustness
  if (!suites.includes('robustness')) return [{ corruptions: [], severities: [] }]
  const kept = (names: readonly string[]) => (given.corruptions ? corruptions : names)
  const at = (some: readonly number[]) => (given.severities ? severities : some)
  return [
    { corruptions, severities },
    { corruptions, severities: at([1, 3, 5]) },
    { corruptions: kept(commonCorruptions), severities: at([3]) },
    { corruptions: kept(oneOfEachKind), severities: at([3]) },
  ]
}

type Changes = Pick<QuickChoice, 'corruptions' | 'severities'>

/** Noise, blur, weather, digital. */
const oneOfEachKind: readonly string[] = ['gaussian_noise', 'defocus_blur', 'fog', 'jpeg_compression']

/** 1, 2, 3, 5 or 7 times a power of ten, not above the number: speeds that are nearly the same choose the same. */
export function coarse(count: number): number {
  if (!(count >= 1)) return 0
  const power = 10 ** Math.floor(Math.log10(count))
  const step = [7, 5, 3, 2, 1].find((factor) => factor * power <= count) ?? 1
  return step * power
}
