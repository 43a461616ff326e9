/** Accuracy by the groups of the data: the worst one, and whether its gap may be chance. */
import { html, type Html, type HtmlValue } from './html'
import { download, rangeBar, scrollBox } from './page-parts'
import { groupsTable } from './plot-tables'
import type { GroupColumnEntry, ReportDocument } from './report-data'
import { count, intervalText, percent, pText } from './words'

export function groupsSection(document: ReportDocument): HtmlValue {
  const { runs } = document
  const columns = runs.find(({ groupColumns }) => groupColumns)?.groupColumns
  if (columns === undefined) return null
  return html`<section aria-labelledby="groups">
    <h2 id="groups">By group</h2>
    ${columns.map(({ column }) => ofColumn(document, column))} ${download(groupsTable(document))}
  </section>`
}

function ofColumn({ runs }: ReportDocument, name: string): Html {
  const found = runs.flatMap(({ name: run, groupColumns = [] }, index) => {
    const column = groupColumns.find(({ column }) => column === name)
    return column ? [{ run, index, column }] : []
  })
  return html`<h3>${name}</h3>
    ${found.map(({ run, column }) => html`<p>${groupSentence(run, column)}</p>`)}
    ${scrollBox(`Top-1 by ${name}`, table(found), true)}`
}

function table(found: readonly { run: string; index: number; column: GroupColumnEntry }[]): Html {
  return html`<table class="narrow">
    <thead>
      <tr>
        <th scope="col" class="left">Group</th>
        <th scope="col">Images trained on</th>
        <th scope="col">Images judged on</th>
        ${found.map(({ run }) => html`<th scope="col">${run}: top-1</th>`)}
      </tr>
    </thead>
    <tbody>
      ${found[0]?.column.groups.map(
        ({ name, samples, trained }, group) =>
          html`<tr>
            <th scope="row">${name}</th>
            <td>${trained.toLocaleString('en-US')}</td>
            <td>${samples.toLocaleString('en-US')}</td>
            ${found.map(({ index, column }) => cell(column.groups[group]?.top1 ?? null, index))}
          </tr>`,
      )}
    </tbody>
  </table>`
}

function cell(top1: GroupColumnEntry['groups'][number]['top1'], run: number): Html {
  if (top1 === null) return html`<td>not estimable</td>`
  return html`<td>
    ${percent(top1.value)} <span class="note">${intervalText('top1', top1)}</span> ${rangeBar(top1, run)}
  </td>`
}

/**
 * 'linear-probe by place: water is worst, 12.3 points (95 % interval 8.0 to 16.5; ratio 0.78) behind land, which is more than chance
 * explains (p = 0.001).'
 */
export function groupSentence(run: string, { column, gap, adjusted, groups }: GroupColumnEntry): string {
  const few = groups.filter(({ top1 }) => top1 === null).length
  const rest =
    few > 0
      ? ` ${count(few, 'group')} of fewer than 10 images ${few === 1 ? 'is' : 'are'} not estimable.`
      : ''
  if (gap === null) return `${run} by ${column}: fewer than two groups have enough images to compare.${rest}`
  const { low = 0, high = 0, value } = gap.difference
  const points = (fraction: number): string => (100 * fraction).toFixed(1)
  const ratio = gap.ratio === null ? '' : `; ratio ${gap.ratio.value.toFixed(2)}`
  const behind = `${points(value)} points (95 % interval ${points(low)} to ${points(high)}${ratio}) behind ${gap.best}`
  const verdict =
    gap.p < 0.05
      ? `more than chance explains (permutation test, ${pText(gap.p)})`
      : `which chance alone may explain (permutation test, ${pText(gap.p)})`
  const weighted =
    adjusted === null ? '' : ` Weighted as in training, the groups have ${percent(adjusted)} right.`
  return `${run} by ${column}: ${gap.worst} is worst, ${behind}, ${verdict}.${weighted}${rest}`
}
