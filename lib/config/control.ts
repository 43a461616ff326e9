/** Takes how a run is watched and stopped apart from what it computes. */
import type { Control } from '../api'
import { group } from './fields'
import { controlShape } from './recipe-schema'
import { validate } from './validate'

const controlSchema = group(controlShape)
const controlNames = Object.keys(controlShape) as (keyof Control)[]

/**
 * The control fields, checked, and all the rest, unchecked (its resolver does that).
 *
 * @throws IjepaError ERR_CONFIG
 */
export function splitControl<T extends Control>(
  options: T | undefined,
): { control: Control; recipe: Omit<T, keyof Control> } {
  const recipe: T = { ...(options as T) }
  const control: Partial<Record<keyof Control, unknown>> = {}
  for (const name of controlNames) {
    control[name] = recipe[name]
    delete recipe[name]
  }
  return { control: validate<Control>(controlSchema, control), recipe }
}
