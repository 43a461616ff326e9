/** What a person should know of the splits before epoch 1: classes without pictures, pictures on both sides. */
import * as path from 'node:path'
import type { DataOptions } from '../api'
import { groupsOf } from './groups'
import { some, type DatasetWarning } from './listing'
import type { Pace } from './pace'
import type { Split } from './split'

interface Splits {
  train: Split
  validation?: Split
  test?: Split
}

/** Warnings on the final splits. `made`: validation was held out of train, so they share nothing. */
export async function findingsOnSplits(
  classes: readonly string[],
  splits: Splits,
  options: DataOptions,
  made: boolean,
  pace: Pace,
): Promise<DatasetWarning[]> {
  const findings = [...emptyClasses(classes, splits), ...numericNames(classes, options)]
  for (const name of ['validation', 'test'] as const) {
    const other = splits[name]
    if (!other) continue
    findings.push(...unmeasured(classes, splits.train, other, name))
    if (made && name === 'validation') continue
    findings.push(...(await samePictures(splits.train, other, name, pace)))
    if (options.groupBy !== undefined) {
      findings.push(...(await sharedGroups(splits.train, other, name, options.groupBy, pace)))
    }
  }
  return findings
}

function emptyClasses(classes: readonly string[], { train }: Splits): DatasetWarning[] {
  const empty = classes.filter((_, label) => train.perClass[label] === 0)
  if (empty.length === 0) return []
  const message = `${empty.length} class(es) have no pictures in train and cannot be learnt: ${some(empty)}. They keep their place among the classes.`
  return [{ code: 'empty-class', message }]
}

/** '10' comes before '2': an outside list numbered 1, 2, 3 … would not agree. */
function numericNames(classes: readonly string[], options: DataOptions): DatasetWarning[] {
  const surprising =
    classes.every((name) => /^\d+$/.test(name)) && classes.some((name, i) => Number(name) !== i)
  if (options.classes || !surprising) return []
  const message = `Class names are numbers, and a class's index is its place in the order of the names (${some(classes, 4)}), not the number. Give data.classes for another order.`
  return [{ code: 'numeric-class-names', message }]
}

function unmeasured(classes: readonly string[], train: Split, other: Split, name: string): DatasetWarning[] {
  const without = classes.filter((_, label) => train.perClass[label]! > 0 && other.perClass[label] === 0)
  if (without.length === 0) return []
  const message = `${without.length} class(es) have no pictures in ${name}, so they are not measured there: ${some(without)}.`
  return [{ code: 'class-not-measured', message }]
}

async function samePictures(
  train: Split,
  other: Split,
  name: 'validation' | 'test',
  pace: Pace,
): Promise<DatasetWarning[]> {
  const inOther = new Set(other.names.map((sample) => path.resolve(sample)))
  const both: string[] = []
  for (const sample of train.names) {
    if (inOther.has(path.resolve(sample))) both.push(sample)
    if (pace.due()) await pace.rest()
  }
  if (both.length === 0) return []
  const message = `${both.length} of ${other.names.length} pictures of ${name} are in train too, so its results do not tell how well the classifier generalises: ${some(both, 3)}.`
  return [{ code: 'pictures-on-both-sides', message, split: name }]
}

async function sharedGroups(
  train: Split,
  other: Split,
  name: string,
  groupBy: string,
  pace: Pace,
): Promise<DatasetWarning[]> {
  const inTrain = new Set(await groupsOf(train, groupBy, pace))
  const shared = new Set((await groupsOf(other, groupBy, pace)).filter((g) => g !== '' && inTrain.has(g)))
  if (shared.size === 0) return []
  const message = `data.groupBy: ${shared.size} group(s) are both in train and in ${name}: ${some([...shared])}.`
  return [{ code: 'group-on-both-sides', message }]
}
