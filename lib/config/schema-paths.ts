/** Walks a schema: what may stand at a path, which options there are, and what they do. */
import { z } from 'zod'

export interface OptionPath {
  readonly path: string
  readonly description: string
  readonly schema: z.ZodType
}

/** The schema itself, through optional and, for a union, every branch. */
export function branches(schema: z.ZodType): z.ZodType[] {
  if (schema instanceof z.ZodOptional) return branches(schema.unwrap() as z.ZodType)
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => branches(option as z.ZodType))
  return [schema]
}

function below(schema: z.ZodType, key: PropertyKey): z.ZodType[] {
  if (schema instanceof z.ZodObject) {
    const child = Object.hasOwn(schema.shape, key) ? (schema.shape[key as string] as z.ZodType) : undefined
    return child === undefined ? [] : [child]
  }
  if (schema instanceof z.ZodRecord) return key === '__proto__' ? [] : [schema.valueType as z.ZodType]
  if (schema instanceof z.ZodArray) return typeof key === 'number' ? [schema.element as z.ZodType] : []
  return []
}

/** Every schema that may stand at the path; none: the path is unknown. */
export const schemasAt = (schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType[] =>
  path.reduce<z.ZodType[]>(
    (schemas, key) => schemas.flatMap((outer) => branches(outer).flatMap((inner) => below(inner, key))),
    [schema],
  )

/** Names of the options of these schemas. */
export const keysOf = (schemas: readonly z.ZodType[]): string[] =>
  schemas.flatMap((schema) =>
    branches(schema).flatMap((branch) => (branch instanceof z.ZodObject ? Object.keys(branch.shape) : [])),
  )

/** Options that no text can say. */
const codeOnly: readonly string[] = ['signal', 'onEvent']

/** The options that a flag can give, depth first, dotted, each name once; what only code can give is left out. */
export function optionPaths(schema: z.ZodType, prefix = ''): OptionPath[] {
  const found = branches(schema).flatMap((branch) => {
    if (!(branch instanceof z.ZodObject)) return []
    return Object.entries(branch.shape as Record<string, z.ZodType>).flatMap(([key, child]) => {
      if (codeOnly.includes(key)) return []
      const path = prefix === '' ? key : `${prefix}.${key}`
      const inner = optionPaths(child, path)
      const isGroupAlone = branches(child).every((option) => option instanceof z.ZodObject)
      const own = { path, description: child.description ?? '', schema: child }
      return isGroupAlone && inner.length > 0 ? inner : [own, ...inner]
    })
  })
  return [...new Map(found.reverse().map((option) => [option.path, option])).values()].reverse()
}
