/** The options of the published API that this version does not build: refused by name, never ignored. */
import type { EvaluateOptions, FinetuneOptions, LinearProbeOptions } from '../api'
import { shown, valueAt, type ConfigIssue } from './issues'

export type OptionsKind = 'trainer' | 'linearProbe' | 'finetune' | 'evaluate' | 'control'

interface UnsupportedOption {
  /** Path of the option, dotted. */
  readonly option: keyof LinearProbeOptions | keyof FinetuneOptions | keyof EvaluateOptions
  readonly of: readonly OptionsKind[]
  /** True of values that ask for nothing that is missing; all others are refused. */
  readonly allows: (value: unknown) => boolean
  /** It has other values that are implemented. */
  readonly partly?: true
  /** What to use in its place. */
  readonly instead: string
}

const only =
  (...values: readonly unknown[]) =>
  (value: unknown): boolean =>
    values.includes(value)
const nothing = only()

const evaluate = ['evaluate'] as const

export const unsupportedOptions: readonly UnsupportedOption[] = [
  { option: 'cueConflict', of: evaluate, allows: nothing, instead: 'evaluate it as split' },
]

/** One issue for each option that asks for what is not built. */
export function unsupportedIssues(kind: OptionsKind, options: unknown): ConfigIssue[] {
  return unsupportedOptions.flatMap(({ option, of, allows, instead }) => {
    const value = of.includes(kind) ? valueAt(options, option.split('.')) : undefined
    if (value === undefined || allows(value)) return []
    const message = `Option '${option}' with ${shown(value)} is not implemented in this version: ${instead}`
    return [{ path: option, message }]
  })
}

/** No value of the option does anything in this version. */
export const isUnusable = (kind: OptionsKind, option: string): boolean =>
  unsupportedOptions.some((row) => row.option === option && row.of.includes(kind) && row.partly !== true)
