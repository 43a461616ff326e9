/** RandAugment policies as timm writes them (`rand_augment_transform` of timm/data/auto_augment.py, timm 1.0). */

export interface RandAugmentConfig {
  /** Operations chosen for a picture, of 15, one perhaps again. */
  readonly layers: number
  /** Of each chosen one to be done. */
  readonly probability: number
  /** Of 10; with normal noise of this deviation, or uniform from 0 on; at most magnitudeMax. */
  readonly magnitude: number
  readonly magnitudeStd: number
  readonly uniform: boolean
  readonly magnitudeMax: number
  /** Posterize, solarize, colour, contrast, brightness and sharpness grow stronger with the magnitude. */
  readonly increasing: boolean
}

/** What sections say, by their key; null where the value is none of theirs. */
const sections: Readonly<Record<string, (value: number) => Partial<RandAugmentConfig> | null>> = {
  m: (magnitude) => (Number.isInteger(magnitude) && magnitude <= 100 ? { magnitude } : null),
  n: (layers) => (Number.isInteger(layers) && layers >= 1 && layers <= 100 ? { layers } : null),
  p: (probability) => (probability <= 1 ? { probability } : null),
  mstd: (std) => (std > 100 ? { uniform: true } : { magnitudeStd: std }),
  mmax: (magnitudeMax) =>
    Number.isInteger(magnitudeMax) && magnitudeMax >= 1 && magnitudeMax <= 100 ? { magnitudeMax } : null,
  inc: (increasing) => (increasing === 0 || increasing === 1 ? { increasing: increasing === 1 } : null),
}

const section = /^([a-z]+)(\d+(?:\.\d+)?)$/

/**
 * `rand`, then sections in any order: m9 (magnitude of 10, default 10), n2 (layers), p0.5 (probability), mstd0.5 (noise of the
 * magnitude; above 100: uniform), mmax10, inc1 (stronger with the magnitude; inc0, which timm takes for inc1, is not). Undefined
 * where the text is no such policy; other sets of operations (`t...`) are not taken.
 */
export function parseRandAugment(text: string): RandAugmentConfig | undefined {
  const [kind, ...rest] = text.split('-')
  if (kind !== 'rand') return undefined
  const parts = rest.map((part) => {
    const [, key, value] = section.exec(part) ?? []
    return key === undefined || !Object.hasOwn(sections, key) ? null : sections[key]!(Number(value))
  })
  if (parts.includes(null)) return undefined
  const defaults: RandAugmentConfig = {
    layers: 2,
    probability: 0.5,
    magnitude: 10,
    magnitudeStd: 0,
    uniform: false,
    magnitudeMax: 10,
    increasing: false,
  }
  return Object.assign({ ...defaults }, ...parts) as RandAugmentConfig
}
