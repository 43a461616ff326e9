/** Flags of a command line -> options, spelled as in the API and checked by its schemas. */
import type { z } from 'zod'
import type { CommandFlags, CommandName } from './command-flags'
import { commands } from './commands'
import { group } from './fields'
import { expected, issuesOf, throwIssues, type ConfigIssue } from './issues'
import { suggestion } from './nearest'
import { optionPaths, schemasAt } from './schema-paths'

/**
 * The options of a command, by the call that takes them, and the words that are no flags.
 *
 * `--learningRate 1e-3` or `--learningRate=1e-3`; nested by dots, `--augmentation.flip 0`; `--data DIR` is short for
 * `--data.train DIR`; lists by commas; `--freeze` and any object as JSON; `--standardize`, `--no-standardize`;
 * after `--` no word is a flag. With `--help` nothing is an error.
 *
 * @throws IjepaError ERR_CONFIG: unknown flags and values that do not fit, all of them in `details.issues`.
 */
export function optionsFromFlags<Name extends CommandName>(
  argv: readonly string[],
  command: Name,
): CommandFlags[Name] & { positional: string[] } {
  const { groups } = commands[command]
  const schema = group(Object.assign({}, ...Object.values(groups).map(({ shape }) => shape)) as z.ZodRawShape)
  const { flags, positional } = splitWords(argv, schema)
  const issues: ConfigIssue[] = []
  const options: Tree = {}
  for (const { path, value } of flags) {
    const found = assign(options, path, value, schema)
    if (found !== undefined) issues.push(found)
  }
  if (options.help !== true) throwIssues(issues)
  const byGroup = Object.entries(groups).map(([name, { shape }]) => [name, pick(options, Object.keys(shape))])
  return { ...Object.fromEntries(byGroup), positional } as CommandFlags[Name] & { positional: string[] }
}

interface Tree {
  [name: string]: unknown
}

interface Flag {
  readonly path: string
  readonly value: string | boolean | undefined
}

/** `--a 1 b --c` -> flags a = 1 and c, word b. A flag that may be true takes the next word only if it can. */
function splitWords(argv: readonly string[], schema: z.ZodType): { flags: Flag[]; positional: string[] } {
  const flags: Flag[] = []
  const positional: string[] = []
  const words = [...argv]
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--') positional.push(...words.splice(0))
    else if (!word.startsWith('--')) positional.push(word === '-h' ? '' : word)
    else flags.push(readFlag(word.slice(2), words, schema))
    if (word === '-h') flags.push({ path: 'help', value: true })
  }
  return { flags, positional: positional.filter((word) => word !== '') }
}

function readFlag(word: string, following: string[], schema: z.ZodType): Flag {
  const [, name = word, inline] = /^([^=]*)=(.*)$/s.exec(word) ?? []
  const path = name === 'data' && !/^\s*\{/.test(inline ?? following[0] ?? '') ? 'data.train' : name
  if (inline !== undefined) return { path, value: inline }
  const schemas = schemasAt(schema, path.split('.'))
  if (schemas.length === 0 && isDenial(path, schema)) return { path: path.slice(3), value: false }
  const mayStandAlone = accepts(schemas, true)
  const [next = '--'] = following
  if (next.startsWith('--') || (mayStandAlone && !fits(schemas, next))) {
    return { path, value: mayStandAlone ? true : undefined }
  }
  return { path, value: following.shift() }
}

/** `no-` before an option that may be false. */
const isDenial = (path: string, schema: z.ZodType): boolean =>
  path.startsWith('no-') && accepts(schemasAt(schema, path.slice(3).split('.')), false)

const accepts = (schemas: readonly z.ZodType[], value: unknown): boolean =>
  schemas.some((schema) => schema.safeParse(value).success)

const fits = (schemas: readonly z.ZodType[], word: string): boolean =>
  readings(word).some((value) => accepts(schemas, value))

/** What a word may mean, the likeliest first; the schema decides. */
function readings(word: string): unknown[] {
  const isJson = /^\s*[[{]/.test(word)
  const scalar = word.trim() !== '' && Number.isFinite(Number(word)) ? Number(word) : word
  const parts = word.split(',')
  const lists = [parts.map(Number), parts]
  const scalars = [scalar, ...(word === 'true' || word === 'false' ? [word === 'true'] : []), word]
  return [
    ...(isJson ? json(word) : []),
    ...(parts.length > 1 ? [...lists, ...scalars] : [...scalars, ...lists]),
  ]
}

function json(word: string): unknown[] {
  try {
    return [JSON.parse(word)]
  } catch {
    return []
  }
}

/** Puts the value in its place; what is wrong with it, if anything. */
function assign(
  options: Tree,
  path: string,
  value: Flag['value'],
  schema: z.ZodType,
): ConfigIssue | undefined {
  const keys = path.split('.')
  const schemas = schemasAt(schema, keys)
  if (schemas.length === 0) {
    const known = optionPaths(schema).map((option) => option.path)
    const nested = known.find((name) => name.endsWith(`.${path}`))
    const advice = suggestion(nested ?? path, known) || ', --help lists all'
    return { path, message: `Unknown flag '--${path}'${advice.replace("'", "'--")}` }
  }
  if (value === undefined) return expected('a value', `--${path}`, undefined)
  const possible = typeof value === 'boolean' ? [value] : readings(value)
  const fitting = possible.find((reading) => accepts(schemas, reading))
  if (fitting === undefined) return misfit(schemas[0]!, path, possible[0])
  return place(options, keys, fitting)
    ? undefined
    : { path, message: `Flag --${path} contradicts one before it: give an option once` }
}

function misfit(schema: z.ZodType, path: string, value: unknown): ConfigIssue {
  const { error } = schema.safeParse(value)
  const [issue] = error === undefined ? [] : issuesOf(error, value, () => [])
  const message =
    issue?.path === ''
      ? issue.message.replace(', got', ` for --${path}, got`)
      : `--${path}: ${issue?.message}`
  return { path, message }
}

/** False when the place, or one on the way to it, is taken. */
function place(options: Tree, keys: readonly string[], value: unknown): boolean {
  const [key = '', ...rest] = keys
  if (rest.length === 0) {
    if (Object.hasOwn(options, key)) return false
    options[key] = value
    return true
  }
  const inner = Object.hasOwn(options, key) ? options[key] : (options[key] = {})
  return typeof inner === 'object' && inner !== null && place(inner as Tree, rest, value)
}

const pick = (options: Tree, names: readonly string[]): Tree =>
  Object.fromEntries(
    names.filter((name) => Object.hasOwn(options, name)).map((name) => [name, options[name]]),
  )
