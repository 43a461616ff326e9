/** Checks options against a schema, and throws every issue together. */
import type { z } from 'zod'
import { issuesOf, throwIssues, type ConfigIssue } from './issues'
import { keysOf, schemasAt } from './schema-paths'

/**
 * The options, checked; undefined is as good as left out, at any depth.
 *
 * @param rules further issues, of options that contradict one another; must bear values of any type.
 * @throws IjepaError ERR_CONFIG: unknown options, values out of range, contradictions. `details.issues` lists all, as
 * { path, message }.
 */
export function validate<T>(
  schema: z.ZodType<T>,
  options: unknown,
  rules: (options: Readonly<Record<string, unknown>>) => ConfigIssue[] = () => [],
): T {
  const given = withoutUndefined(options ?? {})
  const result = schema.safeParse(given)
  const wrong = result.success ? [] : issuesOf(result.error, given, (path) => keysOf(schemasAt(schema, path)))
  if (typeof given === 'object') wrong.push(...rules(given as Record<string, unknown>))
  throwIssues(wrong)
  return result.data as T
}

/** Of any realm: a notebook's objects have another Object.prototype. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** No option lies deeper; an object that holds itself ends there too. */
const deepest = 4

function withoutUndefined(value: unknown, depth = 0): unknown {
  if (!isPlain(value) || depth > deepest) return value
  const kept = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutUndefined(inner, depth + 1)]))
}
