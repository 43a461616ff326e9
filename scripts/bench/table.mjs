/** Rows of `npm run bench`: one line each, as soon as it is measured, and all of them as JSON at the end. */
import { judge } from './measure.mjs'

const widths = { name: 62, figure: 12, ratio: 9, required: 20 }

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {string} [against] the peer
 * @property {number} [ours] in `unit`
 * @property {number} [theirs]
 * @property {string} [unit]
 * @property {number} [ratio] the figure that is asked for
 * @property {{ atLeast?: number, atMost?: number, goal?: number }} [required]
 * @property {string} [note] what the reader must know, or why there is no figure
 */

export class Table {
  /** @type {Row[]} */
  rows = []

  head() {
    console.log(line('', 'ours', 'peer', 'ratio', 'required', ''))
  }

  /** @param {Row} row */
  add(row) {
    this.rows.push(row)
    const { name, against, ours, theirs, unit, ratio, required = {}, note } = row
    const title = against === undefined ? name : `${name} | ${against}`
    if (ratio === undefined && ours === undefined) {
      console.log(`${title}: ${note}`)
      return
    }
    const judged = ratio === undefined ? { required: '', verdict: '' } : judge(ratio, required)
    const figure = (value) => (value === undefined ? '' : `${shortNumber(value)} ${unit}`)
    console.log(
      line(
        title,
        figure(ours),
        figure(theirs),
        ratio === undefined ? '' : shortNumber(ratio),
        judged.required,
        judged.verdict,
      ),
    )
    if (note) console.log(`    ${note}`)
  }

  /** For `--json`: every row with its verdict. */
  results() {
    return this.rows.map((row) => ({
      ...row,
      verdict:
        row.ratio === undefined ? undefined : judge(row.ratio, row.required ?? {}).verdict || undefined,
    }))
  }
}

function line(name, ours, theirs, ratio, required, verdict) {
  return [
    name.padEnd(widths.name),
    ours.padStart(widths.figure),
    theirs.padStart(widths.figure),
    ratio.padStart(widths.ratio),
    `   ${required.padEnd(widths.required)}`,
    verdict,
  ]
    .join('')
    .trimEnd()
}

/** Three digits that count. */
function shortNumber(value) {
  if (value >= 100) return value.toFixed(0)
  if (value >= 10) return value.toFixed(1)
  if (value >= 0.1) return value.toFixed(2)
  return value.toPrecision(2)
}
