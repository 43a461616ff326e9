/** Issues of options: as data, as sentences, and thrown together as one error. */
import { inspect } from 'node:util'
import type { z } from 'zod'
import { IjepaError } from '../errors'
import { suggestion } from './nearest'

export interface ConfigIssue {
  /** Where: `augmentation.crop.scale`, `freeze[1].train`. */
  readonly path: string
  readonly message: string
}

type Path = readonly PropertyKey[]
type ZodIssue = z.core.$ZodIssue

/** `['freeze', 1, 'train']` as `freeze[1].train`. */
const pathText = (path: Path): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return text === '' ? String(key) : `${text}.${String(key)}`
  }, '')

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[key],
    value,
  )

/** A value as a message shows it, short; cycles and getters are no danger. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value) && value.length > 8) return `a list of ${value.length}`
  const text = inspect(value, { breakLength: Infinity, depth: 2, maxArrayLength: 8 }).replace(/\s+/g, ' ')
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

export const expected = (what: string, path: string, value: unknown): ConfigIssue => ({
  path,
  message: `Expected ${what}${path === '' ? '' : ` for ${path}`}, got ${shown(value)}`,
})

export const contradiction = (path: string, why: string): ConfigIssue => ({
  path,
  message: `Contradicting options: ${why}`,
})

/** Of a union that took nothing: the branch that fits but for something inside it, else the union itself. */
function innermost(issue: ZodIssue): ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const fitting = issue.errors.filter((issues) => issues.length > 0 && issues.every(isInside))
  const branch = fitting.sort((a, b) => faults(a) - faults(b))[0]
  if (branch === undefined) return [issue]
  return branch.flatMap((inner) => innermost({ ...inner, path: [...issue.path, ...inner.path] }))
}

const faults = (issues: readonly ZodIssue[]): number =>
  issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0)

const isInside = (issue: ZodIssue): boolean => issue.path.length > 0 || issue.code === 'unrecognized_keys'

/** The issues of a failed parse; `known` gives the names that may stand at a path. */
export function issuesOf(
  error: z.core.$ZodError,
  options: unknown,
  known: (path: Path) => readonly string[],
) {
  return error.issues.flatMap(innermost).flatMap((issue): ConfigIssue[] => {
    if (issue.code !== 'unrecognized_keys') {
      return [expected(issue.message, pathText(issue.path), valueAt(options, issue.path))]
    }
    return issue.keys.map((key) => {
      const path = pathText([...issue.path, key])
      const siblings = known(issue.path).map((name) => pathText([...issue.path, name]))
      return { path, message: `Unknown option '${path}'${suggestion(path, siblings)}` }
    })
  })
}

/** Throws all issues as one error; does nothing when there are none. */
export function throwIssues(issues: readonly ConfigIssue[]): void {
  if (issues.length === 0) return
  throw new IjepaError('ERR_CONFIG', issues.map(({ message }) => message).join('; '), { issues })
}
