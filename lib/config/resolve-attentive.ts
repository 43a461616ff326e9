/** The options of an attentive probe, and what does not go with it. */
import type { LinearProbeOptions } from '../api'
import type { LinearProbeConfig, RecipeContext } from './config'
import { expected, type ConfigIssue } from './issues'

const poolings = { vjepa: 'vjepa_attentive', capi: 'capi_attentive' } as const

/** How the tokens become what the head sees. */
export const probePooling = ({
  head,
  attention = 'vjepa',
}: LinearProbeOptions): LinearProbeConfig['pooling'] =>
  head === 'attentive' ? poolings[attention] : 'norm_then_mean'

/** Of the options as merged. */
export function attentiveIssues(merged: LinearProbeOptions, { embedDim }: RecipeContext): ConfigIssue[] {
  const { head, attention, standardize, normalize, features, sweep } = merged
  if (head !== 'attentive')
    return attention === undefined ? [] : [expected("head: 'attentive' beside it", 'attention', attention)]
  const beside = "with head: 'attentive'"
  return [
    ...(attention === 'capi' && embedDim % 64 !== 0
      ? [
          expected(
            `'vjepa' with an encoder whose width, ${embedDim}, 64 does not divide,`,
            'attention',
            attention,
          ),
        ]
      : []),
    ...(standardize ? [expected(`no standardize ${beside}`, 'standardize', standardize)] : []),
    ...(normalize ? [expected(`no normalize ${beside}`, 'normalize', normalize)] : []),
    ...(features !== undefined && features !== 'last'
      ? [expected(`'last' ${beside}`, 'features', features)]
      : []),
    ...(sweep === undefined ? [] : [expected(`no sweep ${beside}`, 'sweep', sweep)]),
  ]
}
