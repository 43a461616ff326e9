/** Leaves of the schemas: each knows the phrase for what it expects, which error messages and help repeat. */
import { z } from 'zod'

export interface Bounds {
  /** Greater than. */
  above?: number
  /** At least. */
  from?: number
  /** Less than. */
  below?: number
  /** At most. */
  to?: number
}

const phraseOf = ({ above, from, below, to }: Bounds): string =>
  [
    above !== undefined && `above ${above}`,
    from !== undefined && (to === undefined ? `of at least ${from}` : `from ${from}`),
    below !== undefined && `${above === undefined && from === undefined ? '' : 'and '}below ${below}`,
    to !== undefined && (from === undefined ? `${above === undefined ? '' : 'and '}up to ${to}` : `to ${to}`),
  ]
    .filter(Boolean)
    .join(' ')

const nouns = (noun: string, bounds: Bounds): string => `${noun} ${phraseOf(bounds)}`.trim()

const within =
  ({ above = -Infinity, from = -Infinity, below = Infinity, to = Infinity }: Bounds) =>
  (value: number): boolean =>
    value > above && value >= from && value < below && value <= to

export function number(bounds: Bounds) {
  const error = `a ${nouns('number', bounds)}`
  return z.number({ error }).refine(within(bounds), { error })
}

export function integer(bounds: Bounds) {
  const error = `a whole ${nouns('number', bounds)}`
  return z
    .number({ error })
    .refine((value) => Number.isSafeInteger(value) && within(bounds)(value), { error })
}

export const text = (error = 'a text that is not empty') => z.string({ error }).min(1, { error })

export const flag = () => z.boolean({ error: 'true or false' })

export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, { error: `one of ${values.map((value) => `'${value}'`).join(', ')}` })
}

export function pair(bounds: Bounds, ordered = false) {
  const error = `two ${nouns('numbers', bounds)}${ordered ? ', the smaller first,' : ''}`
  return z
    .tuple([number(bounds), number(bounds)], { error })
    .refine(([a, b]) => !ordered || a <= b, { error })
}

export const triple = (bounds: Bounds) =>
  z.tuple([number(bounds), number(bounds), number(bounds)], { error: `three ${nouns('numbers', bounds)}` })

export const list = <T extends z.ZodType>(element: T, error: string) =>
  z.array(element, { error }).min(1, { error })

export const group = <T extends z.ZodRawShape>(shape: T, error = 'an object of options') =>
  z.strictObject(shape, { error })

/** An option: may be left out, and says in one sentence what it does. */
export const option = <T extends z.ZodType>(schema: T, description: string) =>
  schema.optional().describe(description)
