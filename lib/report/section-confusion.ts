/** Which classes are taken for which: a heat map where it can be read, and the most confused pairs in words. */
import { html, type Html } from './html'
import { download, scrollBox } from './page-parts'
import { confusionTable } from './plot-tables'
import type { ReportDocument, RunSection } from './report-data'
import { pairSentence } from './sentences'
import { className } from './words'

/** A matrix of more classes cannot be read. */
const largestMatrix = 30
export function confusionSection(document: ReportDocument): Html {
  const readable = document.data.classes.length <= largestMatrix
  return html`<section aria-labelledby="confusion">
    <h2 id="confusion">Confusion</h2>
    ${!readable && html`<p class="note">${document.data.classes.length} classes are too many for a matrix: all of it is in plots/confusion.csv.</p>`}
    <div class="grid">
      ${document.runs.map(
        (run) =>
          html`<div>
            <h3>${run.name}</h3>
            ${pairList(document, run)}
            ${readable && scrollBox(`Confusion matrix of ${run.name}`, matrix(document, run))}
          </div>`,
      )}
    </div>
    ${download(confusionTable(document))}
  </section>`
}

function pairList(document: ReportDocument, run: RunSection): Html {
  const { confusedPairs = [] } = run
  if (confusedPairs.length === 0) return html`<p>No two classes were confused.</p>`
  return html`<ol class="pairs">
    ${confusedPairs.map((pair) => html`<li>${pairSentence(document, pair)}</li>`)}
  </ol>`
}

function matrix(document: ReportDocument, run: RunSection): Html {
  const classes = document.data.classes.map((_, c) => c)
  const counts = new Map((run.confusion ?? []).map(([label, predicted, n]) => [`${label},${predicted}`, n]))
  return html`<table class="heat">
    <caption>
      <span>Rows: true class. Columns: predicted class. Number of images; colour by share of the row.</span>
    </caption>
    <thead>
      <tr>
        <td></td>
        ${classes.map((c) => html`<th scope="col"><span>${className(document, c)}</span></th>`)}
      </tr>
    </thead>
    <tbody>
      ${classes.map(
        (label) =>
          html`<tr>
            <th scope="row">${className(document, label)}</th>
            ${classes.map((predicted) =>
              cell(counts.get(`${label},${predicted}`) ?? 0, run.perClass[label]?.samples ?? 0),
            )}
          </tr>`,
      )}
    </tbody>
  </table>`
}

function cell(images: number, ofRow: number): Html {
  const share = ofRow === 0 ? 0 : images / ofRow
  return html`<td class="${images === 0 ? 'zero' : 'some'}" style="--share:${share.toFixed(3)}">
    ${images}
  </td>`
}
