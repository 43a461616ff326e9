/** Options of evaluate -> one frozen configuration. */
import type { EvaluateOptions } from '../api'
import type { EvaluateConfig } from './config'
import { evaluateShape } from './evaluate-schema'
import { group } from './fields'
import { validate } from './validate'

const evaluateSchema = group(evaluateShape)

/**
 * The configuration of an evaluation: on test where there is one, accuracy, with thumbnails.
 *
 * @throws IjepaError ERR_CONFIG, ERR_UNSUPPORTED: with every issue in `details.issues`.
 */
export function resolveEvaluate(options?: EvaluateOptions): EvaluateConfig {
  const {
    split = null,
    suites,
    thumbnails = true,
  } = validate<EvaluateOptions>('evaluate', evaluateSchema, options)
  const warnings =
    suites === 'all' ? ["suites 'all' is accuracy alone: this version implements no other"] : []
  return Object.freeze({
    split,
    suites: Object.freeze(['accuracy'] as const),
    thumbnails,
    warnings: Object.freeze(warnings),
  })
}
