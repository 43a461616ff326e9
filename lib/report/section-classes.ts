/** One row a class: how many images, and how well each run knows it. */
import { html, type Html } from './html'
import { download, rangeBar, scrollBox } from './page-parts'
import { perClassTable } from './plot-tables'
import type { ClassEntry, ReportDocument } from './report-data'
import { classesInOrder, classOrder } from './sentences'
import { percent, intervalText, className } from './words'

export function classesSection(document: ReportDocument): Html {
  return html`<section aria-labelledby="classes">
    <h2 id="classes">Classes</h2>
    ${scrollBox('Classes', classTable(document), document.data.classes.length > classesInOrder)}
    ${download(perClassTable(document))}
  </section>`
}

function classTable(document: ReportDocument): Html {
  const { runs, data, evaluation } = document
  const several = evaluation.labels !== undefined
  const order = classOrder(document)
  const sorted = data.classes.length > classesInOrder ? 'Worst first.' : 'In order of class.'
  return html`<table>
    <caption>
      <span
        >${sorted}
        ${several && 'Average precision is the area under precision by recall, over all thresholds; the other columns are at the threshold.'}
        Recall is the share of a class’s images that were recognised${!several && ' (its accuracy)'}, with
        Wilson’s 95 % interval; precision the share of such answers that were right.</span
      >
    </caption>
    <thead>
      <tr>
        <th scope="col" class="left" rowspan="2">Class</th>
        <th scope="col" rowspan="2">Images</th>
        ${runs.map(({ name }) => html`<th scope="colgroup" colspan="${several ? 4 : 3}">${name}</th>`)}
      </tr>
      <tr>
        ${runs.map(
          () =>
            html`${several && html`<th scope="col">Average precision</th>`}
              <th scope="col">Recall</th>
              <th scope="col">Precision</th>
              <th scope="col">F1</th>`,
        )}
      </tr>
    </thead>
    <tbody>
      ${order.map(
        (c) =>
          html`<tr>
            <th scope="row">${className(document, c)}</th>
            <td>${runs[0]?.perClass[c]?.samples}</td>
            ${runs.map(({ perClass }, run) => classCells(perClass[c], run, several))}
          </tr>`,
      )}
    </tbody>
  </table>`
}

function classCells(entry: ClassEntry | undefined, run: number, several: boolean): Html {
  const recall = entry?.recall
  return html`${several && html`<td>${fraction(entry?.averagePrecision)}</td>`}
    <td>
      ${
        recall
          ? html`${percent(recall.value, 0)} ${rangeBar(recall, run)}
              <span class="note">${intervalText('top1', recall)}</span>`
          : '–'
      }
    </td>
    <td>${fraction(entry?.precision)}</td>
    <td>${fraction(entry?.f1)}</td>`
}

function fraction(value: number | null | undefined): string {
  return typeof value === 'number' ? percent(value, 0) : '–'
}
