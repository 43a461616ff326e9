/** In what the recipes of several runs differ, by the names of their options. */

/** Name of an option, nested by dots, and its value in words. */
export type Facts = Readonly<Record<string, string>>

/** What hardly tells one recipe from another: names, notes, what is said elsewhere, and what changes no result. */
const untold = new Set(['name', 'preset', 'presetReasons', 'warnings', 'saveEvery', 'cache', 'epsilon'])

/** What people look at first; all else comes after it, in order of the alphabet. */
const first = [
  'encoder',
  'weights',
  'imageSize',
  'features',
  'head',
  'pooling',
  'freeze',
  'epochs',
  'learningRate',
  'weightDecay',
  'layerDecay',
  'batchSize',
  'gradientAccumulation',
  'optimizer',
  'dropPath',
  'labelSmoothing',
  'mixup',
  'cutmix',
  'augmentation.randAugment',
  'augmentation.crop.scale',
  'ema',
  'loss',
  'classWeights',
  'precision',
]

/** A configuration as facts: `augmentation.flip` is '0.5'; lists are one fact. */
export function factsOf(config: Readonly<Record<string, unknown>>): Facts {
  const told = Object.entries(config).filter(([name]) => !untold.has(name))
  return Object.fromEntries(told.flatMap(([name, value]) => leaves(name, value)))
}

function leaves(path: string, value: unknown): [string, string][] {
  if (!isRecord(value)) return [[path, factText(value)]]
  return Object.entries(value).flatMap(([name, inner]) => leaves(`${path}.${name}`, inner))
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function factText(value: unknown): string {
  if (value === null || value === undefined) return 'none'
  if (typeof value === 'number') return String(Number(value.toPrecision(6)))
  if (typeof value === 'string') return value
  if (!Array.isArray(value)) return JSON.stringify(value)
  return value.length === 0 ? 'none' : value.map(elementText).join(', ')
}

/** Of a list; stages of freezing as 'from 3 head blocks.-4..'. */
function elementText(element: unknown): string {
  if (!isRecord(element)) return factText(element)
  const { from, train, ...rest } = element
  if (!Array.isArray(train)) return JSON.stringify(element)
  const scale =
    rest.learningRateScale === undefined || rest.learningRateScale === 1
      ? ''
      : ` × ${factText(rest.learningRateScale)}`
  return `from ${factText(from)} ${train.map(factText).join(' ')}${scale}`
}

/** Names that do not have one value in all of `facts`, in no order. What older versions did not know of differs from nothing. */
export function differingNames(facts: readonly Facts[]): string[] {
  const names = new Set(facts.flatMap((one) => Object.keys(one)))
  const valuesOf = (name: string) => new Set(facts.flatMap((one) => one[name] ?? otherForm(one, name)))
  return [...names].filter((name) => valuesOf(name).size > 1)
}

/** Of an option that is nested here and plain there, as `earlyStopping`: other than any value. */
function otherForm(facts: Facts, name: string): symbol | [] {
  const isOther = (one: string): boolean => one.startsWith(`${name}.`) || name.startsWith(`${one}.`)
  return Object.keys(facts).some(isOther) ? elsewhere : []
}
const elsewhere = Symbol('in another form')

/** The most telling first. */
export function inOrder(names: Iterable<string>): string[] {
  const place = (name: string): number => first.indexOf(name) + 1 || first.length + 1
  return [...new Set(names)].sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1))
}
