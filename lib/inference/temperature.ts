/** The temperature that is stored with a classifier, under our own key of its config.json. */
import { IjepaError } from '../errors'
import type { Temperature } from '../metrics'

/** Undefined where none is stored. @throws ERR_CHECKPOINT_FORMAT */
export function storedTemperature(
  path: string,
  own: Readonly<Record<string, unknown>> | undefined,
): Temperature | undefined {
  const stored = own?.temperature
  if (stored === undefined) return undefined
  if (isTemperature(stored)) return stored
  throw new IjepaError(
    'ERR_CHECKPOINT_FORMAT',
    `The temperature in config.json of ${path} is no number above 0 with the pictures that it was fitted on: remove it, or save the classifier again`,
    { file: path },
  )
}

function isTemperature(stored: unknown): stored is Temperature {
  const { value, samples, fittedOn } = (stored ?? {}) as Partial<Record<keyof Temperature, unknown>>
  const isNumber = (one: unknown): one is number => typeof one === 'number' && Number.isFinite(one) && one > 0
  return isNumber(value) && isNumber(samples) && (fittedOn === 'train' || fittedOn === 'validation')
}
