/** Ways to part the judged pictures into groups: columns of a manifest, and combinations of them. */
import type { Split } from '../dataset'
import { IjepaError } from '../errors'
import type { GroupColumn } from '../metrics'

/** The class of a picture, as a column beside those of the manifest. */
const labelColumn = 'label'
/** A column with more values is an identifier rather than a group. */
const mostValues = 50

export interface GroupColumnsOptions {
  readonly split: Split
  /** Sample of each judged row. */
  readonly samples: Int32Array
  readonly train: Split
  readonly classes: readonly string[]
  /** Columns, or several joined by '+'; empty: every column with at most 50 values. */
  readonly wanted: readonly string[]
}

/** @throws ERR_CONFIG: there is no such column */
export function groupColumns(options: GroupColumnsOptions): GroupColumn[] {
  const { split, wanted } = options
  const names = wanted.length > 0 ? wanted : Object.keys(split.groups ?? {})
  const columns = names.map((name) => combined(name, options))
  return wanted.length > 0 ? columns : columns.filter(({ groups }) => groups.length <= mostValues)
}

/** Every combination of the values that the parts have in train or in the split. */
function combined(name: string, { split, samples, train, classes }: GroupColumnsOptions): GroupColumn {
  const parts = name.split('+').map((part) => {
    const judged = valuesOf(split, part, classes)
    if (judged === undefined) throw unknownColumn(part, split)
    const trained = valuesOf(train, part, classes) ?? []
    return { judged, trained, values: [...new Set([...trained, ...judged])].sort() }
  })
  const groups = parts.reduce<readonly (readonly string[])[]>(
    (all, { values }) => all.flatMap((begin) => values.map((value) => [...begin, value])),
    [[]],
  )
  const key = (values: readonly string[]): string => JSON.stringify(values)
  const indexOf = new Map(groups.map((values, index) => [key(values), index]))
  const counts = groups.map(() => 0)
  if (parts.every(({ trained }) => trained.length > 0)) {
    for (let row = 0; row < train.labels.length; row++) {
      counts[indexOf.get(key(parts.map(({ trained }) => trained[row]!)))!]!++
    }
  }
  return {
    name,
    groups: groups.map((values, index) => ({ name: values.map(shown).join(', '), trained: counts[index]! })),
    of: samples.map((sample) => indexOf.get(key(parts.map(({ judged }) => judged[sample]!)))!),
  }
}

function valuesOf(split: Split, column: string, classes: readonly string[]): readonly string[] | undefined {
  if (column === labelColumn) return Array.from(split.labels, (label) => classes[label] ?? '')
  return split.groups && Object.hasOwn(split.groups, column) ? split.groups[column] : undefined
}

const shown = (value: string): string => (value === '' ? '(none)' : value)

function unknownColumn(column: string, { groups = {} }: Split): IjepaError {
  const known = [...Object.keys(groups), labelColumn]
  const message = `groups: the judged pictures have no column ${JSON.stringify(column)}: there are ${known.join(', ')}`
  return new IjepaError('ERR_CONFIG', message, { column, known })
}
