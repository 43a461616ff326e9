/** Tables in plain text: of any cells, of a data set before training, of runs after training and evaluation. */
import { basename } from 'node:path'
import { repeatedScores } from '../dist/metrics/index.js'
import { leakSentence, realSentences, repetitionSentences } from '../dist/report/index.js'

/**
 * Columns wide enough for their widest cell, numbers to the right, a rule under the head.
 *
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 */
export function table(head, rows) {
  const widths = head.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column].length)))
  const isNumber = head.map((_, column) => rows.every((row) => /^[\d.,%±–\s]*$/.test(row[column])))
  /** @param {readonly string[]} row */
  const line = (row) =>
    row
      .map((cell, i) => (isNumber[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd()
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n')
}

const shownClasses = 20
const shownFiles = 10

/**
 * Classes by split, and what was skipped and why.
 *
 * @param {import('../dist/index.js').DataSummary} data
 */
export function dataTable({ classes, splits, skipped }) {
  const names = Object.keys(splits)
  const rows = classes
    .slice(0, shownClasses)
    .map((label, index) => [label, ...names.map((name) => String(splits[name].perClass[index]))])
  const rest = classes.length - rows.length
  if (rest > 0) rows.push([`… and ${rest} more`, ...names.map(() => '')])
  rows.push([`${classes.length} classes`, ...names.map((name) => String(splits[name].images))])
  const lines = [table(['class', ...names], rows)]
  if (skipped.length > 0) lines.push(`${skipped.length} files are left out:`)
  lines.push(...skipped.slice(0, shownFiles).map(({ file, reason }) => `  ${file}: ${reason}`))
  return lines.join('\n')
}

/**
 * Of each run of a report: top-1 with its 95 % interval and calibration, or mAP and F1 where a picture may have several labels;
 * speed; further columns where given. Below it what runs of one recipe come to, reassessed labels, and pictures that leaked.
 *
 * @param {import('../dist/index.js').ReportData} report
 * @param {Readonly<Record<string, readonly string[]>>} [more] by head, one cell a run
 */
export function resultsTable(report, more = {}) {
  const { evaluation, runs } = report
  const several = evaluation.labels !== undefined
  const names = several ? ['mAP', '95 % interval', 'micro F1'] : ['top-1', '95 % interval', 'ECE']
  const head = ['run', 'epochs', ...names, 'training s', ...Object.keys(more)]
  const rows = runs.map((run, index) => [
    run.name,
    String(run.history.length),
    ...withInterval(several ? run.scores.mAP : run.scores.top1),
    (several ? run.scores.f1 : run.scores.ece).value.toFixed(3),
    run.seconds.toFixed(1),
    ...Object.values(more).map((cells) => cells[index]),
  ])
  const title = `${evaluation.samples} pictures of the ${evaluation.split} split`
  return [
    `${title}\n\n${table(head, rows)}`,
    ...repetitionSentences(report),
    ...realSentences(report.runs),
    ...[leakSentence(report) ?? []].flat(),
  ].join('\n\n')
}

/**
 * Cells of a score and its interval; no class may have an image, and then there is none.
 *
 * @param {{ value: number, low: number, high: number } | undefined} score
 */
const withInterval = (score) =>
  score === undefined ? ['–', '–'] : [percent(score.value), `${percent(score.low)} – ${percent(score.high)}`]

/** Of validation's metrics, what a narrow table has room for. */
const shownMetrics = ['loss', 'top1', 'top5', 'mAP', 'f1', 'macroF1']

/**
 * Runs of one recipe: what validation found in the epoch that each kept; mean and sample deviation.
 *
 * @param {readonly import('../dist/index.js').Run[]} runs
 */
export function runsTable(runs) {
  const all = repeatedScores(runs.map(({ best }) => best.metrics))
  const names = shownMetrics.filter((name) => name in all)
  const rows = runs.map(({ directory, best }) => [
    basename(directory),
    String(best.epoch + 1),
    ...names.map((name) => best.metrics[name].toFixed(4)),
  ])
  const summary = ['mean', 'deviation'].map((row) => [
    row,
    '–',
    ...names.map((name) => all[name][row].toFixed(4)),
  ])
  return table(['run', 'epoch', ...names], [...rows, ...summary])
}

/** @param {number} fraction */
const percent = (fraction) => `${(100 * fraction).toFixed(1)}%`
