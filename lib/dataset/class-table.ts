/** The table of classes by split that is printed before epoch 1, with what was skipped and why. */
import type { Dataset } from './open-dataset'

/** More classes than this are summed up: counts in all, and the smallest and largest classes. */
const longestTable = 30

/** Plain text, several lines, no line break at the end. */
export function classTable(dataset: Pick<Dataset, 'classes' | 'summary' | 'skipped'>): string {
  const splits = Object.keys(dataset.summary.splits)
  const lines = [
    ...(dataset.classes.length > longestTable ? summaryRows(dataset, splits) : classRows(dataset, splits)),
    ...skippedLines(dataset.skipped),
  ]
  return lines.join('\n')
}

function classRows(
  { classes, summary }: Pick<Dataset, 'classes' | 'summary'>,
  splits: readonly string[],
): string[] {
  const counts = (label: number): string[] =>
    splits.map((split) => grouped(summary.splits[split]!.perClass[label]!))
  const total = splits.map((split) => grouped(summary.splits[split]!.images))
  const rows = classes.map((name, label) => [printable(name), ...counts(label)])
  return align([['class', ...splits], ...rows, [`${classes.length} classes`, ...total]])
}

function summaryRows(
  { classes, summary }: Pick<Dataset, 'classes' | 'summary'>,
  splits: readonly string[],
): string[] {
  const rows = splits.map((split) => {
    const { images, perClass } = summary.splits[split]!
    const order = [...perClass.keys()].sort((a, b) => perClass[a]! - perClass[b]!)
    const [least, middle, most] = [order[0]!, order[order.length >> 1]!, order.at(-1)!]
    const named = (label: number): string => `${grouped(perClass[label]!)} (${printable(classes[label]!)})`
    return [split, grouped(images), named(least), grouped(perClass[middle]!), named(most)]
  })
  return [`${classes.length} classes`, ...align([['split', 'pictures', 'fewest', 'median', 'most'], ...rows])]
}

/** How many files were skipped for each reason, with one of them. */
function skippedLines(skipped: Dataset['skipped']): string[] {
  const byReason = new Map<string, { count: number; example: string }>()
  for (const { file, reason } of skipped) {
    const entry = byReason.get(reason)
    if (entry) entry.count++
    else byReason.set(reason, { count: 1, example: file })
  }
  const lines = [...byReason].map(
    ([reason, { count, example }]) => `  ${grouped(count)}  ${reason}, such as ${printable(example)}`,
  )
  return lines.length > 0 ? [`skipped ${grouped(skipped.length)} files:`, ...lines.slice(0, 10)] : []
}

/** First column to the left, numbers to the right. */
function align(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => [...row[column]!].length)))
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const space = ' '.repeat(widths[column]! - [...cell].length)
        return column === 0 ? cell + space : space + cell
      })
      .join('  ')
      .trimEnd(),
  )
}

/** Names are the user's: a line break or control character in one must not break the table or drive the terminal. */
function printable(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`)
}

function grouped(count: number): string {
  return count.toLocaleString('en-US')
}
