/** Which kind of run options are for. */
import type { FinetuneOptions, LinearProbeOptions } from '../api'
import { group, oneOf, option } from './fields'
import { finetunePresets, linearProbePresets } from './presets'
import { finetuneShape, linearProbeShape } from './recipe-schema'
import { validate } from './validate'

type Kind = 'linear-probe' | 'finetune'

const schema = group({ kind: option(oneOf(['linear-probe', 'finetune']), 'Kind of run') })

/**
 * The kind that is given, else that whose own options or preset are among them: a probe's, or a fine-tune's.
 * @throws IjepaError ERR_CONFIG
 */
export function resolveKind(kind: unknown, options: FinetuneOptions | LinearProbeOptions): Kind {
  const { kind: given } = validate(schema, kind === undefined ? {} : { kind })
  if (given !== undefined) return given
  const { preset = '' } = options
  const isProbes = (name: string) => name in linearProbeShape && !(name in finetuneShape)
  const hasProbesPreset = Object.hasOwn(linearProbePresets, preset) && !Object.hasOwn(finetunePresets, preset)
  return hasProbesPreset || Object.keys(options).some(isProbes) ? 'linear-probe' : 'finetune'
}
