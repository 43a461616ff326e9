/** ImageNet's accuracy by reassessed labels beside that by its own. */
import { html, type Html, type HtmlValue } from './html'
import { download, rangeBar, scrollBox } from './page-parts'
import { realLabelsTable } from './plot-tables'
import { hasRealLabels, realDetails, realSentences } from './real-words'
import type { ReportDocument, ScoreEntry } from './report-data'
import { intervalText, percent } from './words'

export function realLabelsSection(document: ReportDocument): HtmlValue {
  const { runs } = document
  if (!hasRealLabels(runs)) return null
  return html`<section aria-labelledby="real-labels">
    <h2 id="real-labels">Reassessed labels</h2>
    ${[...realSentences(runs), ...realDetails(runs)].map((sentence) => html`<p>${sentence}</p>`)}
    <p class="note">
      People looked at the images again and accepted every class that is in one (ReaL, arXiv:2006.07159): a
      first choice that is any of them is right.
    </p>
    ${scrollBox(
      'Top-1 by reassessed labels',
      html`<table>
        <thead>
          <tr>
            <th scope="col" class="left">Run</th>
            <th scope="col">Images</th>
            <th scope="col">Top-1, reassessed</th>
            <th scope="col">Top-1, original</th>
            <th scope="col">Right by reassessed alone</th>
            <th scope="col">By original alone</th>
          </tr>
        </thead>
        <tbody>
          ${runs.map(
            ({ name, realLabels }, run) =>
              realLabels &&
              html`<tr>
                <th scope="row">${name}</th>
                <td>${realLabels.images.toLocaleString('en-US')}</td>
                ${rate(realLabels.top1, run)} ${rate(realLabels.reference, run)}
                <td>${realLabels.onlyReal.toLocaleString('en-US')}</td>
                <td>${realLabels.onlyLabel.toLocaleString('en-US')}</td>
              </tr>`,
          )}
        </tbody>
      </table>`,
    )}
    ${download(realLabelsTable(document))}
  </section>`
}

function rate(entry: ScoreEntry, run: number): Html {
  return html`<td>
    ${percent(entry.value)}<span class="note">${intervalText('top1', entry)}</span>${rangeBar(entry, run)}
  </td>`
}
