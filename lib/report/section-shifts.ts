/** Accuracy on other data sets of the same classes, beside that on the evaluated split. */
import { html, type Html, type HtmlValue } from './html'
import { download, rangeBar, scrollBox } from './page-parts'
import { shiftsTable } from './plot-tables'
import type { ReportDocument, ScoreEntry } from './report-data'
import { hasShifts, shiftSentences } from './shift-words'
import { intervalText, percent } from './words'

export function shiftsSection(document: ReportDocument): HtmlValue {
  const { runs, evaluation } = document
  if (!hasShifts(runs)) return null
  const rows = runs.flatMap(({ name, shifts = [] }, run) => shifts.map((shift) => ({ name, run, shift })))
  return html`<section aria-labelledby="shifts">
    <h2 id="shifts">On other data sets</h2>
    ${shiftSentences(document).map((sentence) => html`<p>${sentence}</p>`)}
    ${scrollBox(
      'Top-1 on other data sets',
      html`<table>
        <thead>
          <tr>
            <th scope="col" class="left">Data set</th>
            <th scope="col" class="left">Run</th>
            <th scope="col">Images</th>
            <th scope="col">Top-1</th>
            <th scope="col">${evaluation.split}, same classes</th>
            <th scope="col">Points lost</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ name, run, shift: { images, top1, reference, gap, ...shift } }) =>
              html`<tr>
                <th scope="row">${shift.name}</th>
                <td class="left">${name}</td>
                <td>${images.toLocaleString('en-US')}</td>
                ${rate(top1, run)} ${rate(reference.top1, run)}
                <td>
                  ${points(gap.value)}<span class="note">${points(gap.low)} – ${points(gap.high)}</span>
                </td>
              </tr>`,
          )}
        </tbody>
      </table>`,
    )}
    ${download(shiftsTable(document))}
  </section>`
}

const points = (value: number): string => (100 * value).toFixed(1)

function rate(entry: ScoreEntry, run: number): Html {
  return html`<td>
    ${percent(entry.value)}<span class="note">${intervalText('top1', entry)}</span>${rangeBar(entry, run)}
  </td>`
}
