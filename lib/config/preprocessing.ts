/** How a picture becomes the input: what was asked, else what a saved classifier says, else I-JEPA's own way. */
import type { Preprocessing } from '../api'
import type { PreprocessingConfig } from './config'
import { deepFreeze } from './deep-freeze'
import { shown } from './issues'
import { preprocessing as schema } from './trainer-schema'
import { validate } from './validate'

/** Shortest side to floor(size / 0.875), bicubic, centre crop, ImageNet's statistics (as I-JEPA was pre-trained and evaluated). */
export const defaultPreprocessing: PreprocessingConfig = deepFreeze({
  resize: 'shortest',
  cropFraction: 0.875,
  interpolation: 'bicubic',
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
})

/**
 * The complete preprocessing.
 *
 * @param given what the caller asks: wins over all, with a warning where a saved classifier was trained otherwise.
 * @param saved what the folder's preprocessor_config.json says, if there is one.
 * @param of 'classifier': `saved` is law. 'encoder': it is not used (Hugging Face folders say squash and 0.5/0.5,
 * which the encoder was not trained with), and a warning tells what it says.
 * @throws IjepaError ERR_CONFIG
 */
export function resolvePreprocessing(
  given: Preprocessing | undefined,
  saved: Preprocessing | undefined,
  of: 'encoder' | 'classifier',
): { preprocessing: PreprocessingConfig; warnings: readonly string[] } {
  const asked = validate<Preprocessing>(schema, given)
  const base = of === 'classifier' ? { ...defaultPreprocessing, ...saved } : defaultPreprocessing
  const preprocessing = deepFreeze<PreprocessingConfig>(structuredClone({ ...base, ...asked }))
  const differing = names.filter(
    (name) => saved?.[name] !== undefined && !equal(saved[name], preprocessing[name]),
  )
  const use = (from: Preprocessing): string =>
    differing.map((name) => `${name} ${shown(from[name])}`).join(', ')
  const whose = of === 'classifier' ? 'The classifier was trained with' : "The encoder's folder says"
  const warnings = differing.length === 0 ? [] : [`${whose} ${use(saved!)}; this uses ${use(preprocessing)}`]
  return { preprocessing, warnings }
}

const names = Object.keys(defaultPreprocessing) as (keyof Preprocessing)[]

const equal = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
