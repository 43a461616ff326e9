/** Which classes are taken for which: a heat map where it can be read, and the most confused pairs in words. */
import { confusionOrder, confusionPicture } from './confusion-picture'
import { html, type Html } from './html'
import { download, scrollBox } from './page-parts'
import { confusionTable } from './plot-tables'
import type { ReportDocument, RunSection } from './report-data'
import { classesInOrder, pairSentence } from './sentences'
import { className } from './words'

/** The numbers of more classes cannot be read. */
const largestMatrix = classesInOrder

export function confusionSection(document: ReportDocument): Html {
  const { length: classes } = document.data.classes
  const readable = classes <= largestMatrix
  const order = readable ? [] : confusionOrder(document)
  return html`<section aria-labelledby="confusion">
    <h2 id="confusion">Confusion</h2>
    ${!readable && html`<p class="note">${classes} classes are too many for numbers. In the picture classes that are taken for one another stand together: from ${className(document, order[0]!)} to ${className(document, order.at(-1)!)}, from above and from the left. The numbers are in plots/confusion.csv, in its order.</p>`}
    <div class="grid">
      ${document.runs.map(
        (run) =>
          html`<div>
            <h3>${run.name}</h3>
            ${pairList(document, run)}
            ${
              readable
                ? scrollBox(`Confusion matrix of ${run.name}`, matrix(document, run))
                : pixels(run, order)
            }
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

function pixels(run: RunSection, order: readonly number[]): Html {
  const png = confusionPicture(run, order)
  return html`<figure class="confused">
    <img
      src="data:image/png;base64,${png}"
      width="${order.length}"
      height="${order.length}"
      alt="Confusion of ${run.name}: a row for each true class, a column for each predicted one; right answers are on the diagonal"
    />
    <figcaption>
      Rows: true class. Columns: predicted class. The darker, the larger the share of the row; right answers
      are on the diagonal.
    </figcaption>
  </figure>`
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
