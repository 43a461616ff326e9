/** Subsets of train: stratified, and nested, so that with the same seed a smaller one lies within a larger one. */
import type { DataOptions } from '../api'
import { IjepaError } from '../errors'
import { textLines } from './delimited'
import { hashText, orderByRank, seededRank } from './ranks'
import { some, type DatasetWarning } from './listing'
import { Pace } from './pace'
import { keyOf, positionsWhere, type Split } from './split'

const subsetStream = 0x73756273

export type SubsetOptions = NonNullable<DataOptions['subset']>

export interface SubsetContext {
  /** Of the draws, where the subset has no seed of its own. */
  readonly seed: number
  readonly classes: readonly string[]
  /** Its name in messages. */
  readonly option: string
  readonly warn: (warning: DatasetWarning) => void
  readonly pace: Pace
}

/** Refuses a subset that is asked for in two ways, in none, or out of range. */
export function checkSubset({ fraction, perClass, list }: SubsetOptions): void {
  const ways = [fraction, perClass, list].filter((way) => way !== undefined).length
  if (ways !== 1) fail('', 'expected one of fraction, perClass and list', `${ways} of them`)
  if (fraction !== undefined && !(fraction > 0 && fraction <= 1))
    fail('.fraction', 'expected more than 0, at most 1', fraction)
  if (perClass !== undefined && !(Number.isSafeInteger(perClass) && perClass >= 1)) {
    fail('.perClass', 'expected a whole number from 1 on', perClass)
  }
}

function fail(option: string, expected: string, found: unknown): never {
  throw new IjepaError('ERR_CONFIG', `data.subset${option}: ${expected}, found ${String(found)}.`)
}

/** Positions of the subset in `train`, in train's order. At least one picture of every class that has any. */
export async function chooseSubset(
  train: Split,
  options: SubsetOptions,
  context: SubsetContext,
): Promise<Int32Array> {
  const { seed, option, pace } = context
  checkSubset(options)
  if (options.list !== undefined) {
    const listed = await listedRows(train, options.list, { option, pace })
    warnOfUnlisted(train, listed, context)
    return positionsWhere(listed.length, (row) => listed[row] === 1)
  }
  const wanted = firstLabels(train).map((n) => wantedOf(n, options))
  warnOfFew(train, options, context)
  const ranks = new Float64Array(train.names.length)
  for (let row = 0; row < ranks.length; row++) {
    ranks[row] = seededRank(hashText(keyOf(train, row)), options.seed ?? seed, subsetStream)
    if (pace.due()) await pace.rest()
  }
  const chosen = new Uint8Array(ranks.length)
  for (const row of await orderByRank(ranks.length, (i) => ranks[i]!, pace)) {
    const label = train.labels[row]!
    if (wanted[label]! > 0) {
      wanted[label]!--
      chosen[row] = 1
    }
  }
  return positionsWhere(chosen.length, (row) => chosen[row] === 1)
}

/** The positions of a subset of a split that is open, and what to know of them. @throws as chooseSubset */
export async function openSubset(
  train: Split,
  options: SubsetOptions,
  {
    signal,
    ...context
  }: Pick<SubsetContext, 'seed' | 'classes' | 'option'> & { readonly signal?: AbortSignal },
): Promise<{ rows: Int32Array; warnings: readonly string[] }> {
  const warnings: string[] = []
  const warn = ({ message }: DatasetWarning): number => warnings.push(message)
  const rows = await chooseSubset(train, options, { ...context, warn, pace: new Pace(signal) })
  return { rows, warnings }
}

/** Pictures by their first label: each is chosen for one class. */
function firstLabels({ labels, perClass }: Split): number[] {
  const counts = perClass.map(() => 0)
  for (const label of labels) counts[label]!++
  return counts
}

function wantedOf(n: number, { fraction, perClass }: SubsetOptions): number {
  if (n === 0) return 0
  return perClass !== undefined ? Math.min(perClass, n) : Math.max(1, Math.round(fraction! * n))
}

function warnOfFew(
  train: Split,
  { fraction, perClass }: SubsetOptions,
  { classes, option, warn }: SubsetContext,
): void {
  const few = classes.filter((_, label) => {
    const n = train.perClass[label]!
    return n > 0 && (perClass !== undefined ? n < perClass : Math.round(fraction! * n) < 1)
  })
  if (few.length === 0) return
  const message =
    perClass !== undefined
      ? `${option}: ${few.length} class(es) have fewer than ${perClass} pictures and give all they have: ${some(few)}.`
      : `${option}: ${fraction} of ${few.length} class(es) is less than one picture; each gives one: ${some(few)}.`
  warn({ code: 'subset-small-classes', message })
}

/** 1 for each picture that the list names: by its path within the source, or the last part of it where that is unique. */
export async function listedRows(
  train: Split,
  list: string,
  { option, pace }: Pick<SubsetContext, 'option' | 'pace'>,
): Promise<Uint8Array> {
  const rowOf = await rowsByName(train, pace)
  const listed = new Uint8Array(train.names.length)
  const unknown: string[] = []
  for await (const name of listLines(list, option, pace)) {
    const row = rowOf.get(name) ?? -1
    if (row < 0) unknown.push(name)
    else listed[row] = 1
  }
  if (unknown.length === 0) return listed
  throw new IjepaError(
    'ERR_DATASET',
    `${option}.list: ${unknown.length} line(s) of ${JSON.stringify(list)} name no picture of train, or more than one: ${some(unknown)}. Expected paths within the source, such as cat/1.jpg.`,
    { file: list, unknown },
  )
}

function warnOfUnlisted(train: Split, listed: Uint8Array, { classes, option, warn }: SubsetContext): void {
  const counts = new Array<number>(classes.length).fill(0)
  train.labels.forEach((label, row) => (counts[label]! += listed[row]!))
  const without = classes.filter((_, label) => counts[label] === 0)
  if (without.length === 0) return
  warn({ code: 'subset-without-classes', message: `${option}.list names no picture of ${some(without)}.` })
}

async function* listLines(list: string, option: string, pace: Pace): AsyncGenerator<string> {
  try {
    for await (const { text } of textLines(list, pace)) if (text.trim() !== '') yield text.trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    const message = `${option}.list: there is nothing at ${JSON.stringify(list)}. Check the path.`
    throw new IjepaError('ERR_FILE', message, { file: list }, { cause: error })
  }
}

/** Names, names within the source, and last parts; -1 for what more than one picture is called. */
async function rowsByName(train: Split, pace: Pace): Promise<Map<string, number>> {
  const rowOf = new Map<string, number>()
  for (let row = 0; row < train.names.length; row++) {
    const key = keyOf(train, row)
    for (const name of new Set([train.names[row]!, key, key.slice(key.lastIndexOf('/') + 1)])) {
      rowOf.set(name, rowOf.has(name) ? -1 : row)
    }
    if (pace.due()) await pace.rest()
  }
  return rowOf
}
