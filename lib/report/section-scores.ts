/** Every metric of every run with its interval. */
import { html, type Html } from './html'
import { download, scrollBox } from './page-parts'
import { scoresTable } from './plot-tables'
import type { ReportDocument } from './report-data'
import { scoreWords, scoreText, intervalText } from './words'

export function scoresSection(document: ReportDocument): Html {
  const names = Object.keys(scoreWords).filter((name) => document.runs.some(({ scores }) => scores[name]))
  return html`<section aria-labelledby="scores">
    <h2 id="scores">All metrics</h2>
    ${scrollBox(
      'All metrics',
      html`<table>
        <caption>
          <span
            >With 95 % intervals:
            ${
              document.evaluation.labels
                ? 'percentile bootstrap over the images.'
                : 'Wilson for top-1 and top-5, DeLong for AUROC, percentile bootstrap for the others.'
            }</span
          >
        </caption>
        <thead>
          <tr>
            <th scope="col" class="left">Metric</th>
            ${document.runs.map(({ name }) => html`<th scope="col">${name}</th>`)}
            <th scope="col" class="left">Meaning</th>
          </tr>
        </thead>
        <tbody>
          ${names.map(
            (name) =>
              html`<tr>
                <th scope="row">${scoreWords[name]?.label}</th>
                ${document.runs.map(({ scores }) => {
                  const entry = scores[name]
                  if (!entry) return html`<td>–</td>`
                  return html`<td>
                    ${scoreText(name, entry.value)} <span class="note">${intervalText(name, entry)}</span>
                  </td>`
                })}
                <td class="left">${scoreWords[name]?.note}</td>
              </tr>`,
          )}
        </tbody>
      </table>`,
    )}
    ${download(scoresTable(document))}
  </section>`
}
