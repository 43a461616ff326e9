/** One row a class: how many images, and how well each run knows it. */
import { html, type Html } from './html'
import { download, rangeBar, scrollBox } from './page-parts'
import { perClassTable } from './plot-tables'
import type { ClassEntry, ReportDocument } from './report-data'
import { classesInOrder, classOrder } from './sentences'
import { orderedBy, sortableHead } from './sortable-table'
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
  const columns = [...(several ? ['Average precision'] : []), 'Recall', 'Precision', 'F1']
  const order = classOrder(document)
  const sorted = data.classes.length > classesInOrder ? 'Worst first.' : 'In order of class.'
  return html`<table class="sortable" data-search="Find a class">
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
        ${sortableHead('Class', 0, { first: 'ascending', span: 2, isText: true })}
        ${sortableHead('Images', 1, { span: 2 })}
        ${runs.map(({ name }) => html`<th scope="colgroup" colspan="${columns.length}">${name}</th>`)}
      </tr>
      <tr>
        ${runs.map((_, run) =>
          columns.map((name, i) => sortableHead(name, 2 + run * columns.length + i, { first: 'ascending' })),
        )}
      </tr>
    </thead>
    <tbody>
      ${order.map(
        (c) =>
          html`<tr>
            <th scope="row" ${orderedBy(c)}>${className(document, c)}</th>
            <td>${runs[0]?.perClass[c]?.samples}</td>
            ${runs.map(({ perClass }, run) => classCells(perClass[c], run, several))}
          </tr>`,
      )}
    </tbody>
  </table>`
}

function classCells(entry: ClassEntry | undefined, run: number, several: boolean): Html {
  const recall = entry?.recall
  return html`${several && fractionCell(entry?.averagePrecision)}
    <td${orderedBy(recall?.value)}>
      ${
        recall
          ? html`${percent(recall.value, 0)} ${rangeBar(recall, run)}
              <span class="note">${intervalText('top1', recall)}</span>`
          : '–'
      }
    </td>
    ${fractionCell(entry?.precision)} ${fractionCell(entry?.f1)}`
}

function fractionCell(value: number | null | undefined): Html {
  return html`<td${orderedBy(value)}>${typeof value === 'number' ? percent(value, 0) : '–'}</td>`
}
