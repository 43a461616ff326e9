/** How accuracy grows with the number of labelled images, with the pre-trained encoder and without. */
import { lineChart, type Series } from './charts'
import { html, type Html, type HtmlValue } from './html'
import { labelEfficiencySentences, meanOf, methodWords } from './label-efficiency-words'
import { download, keys, picture, scrollBox } from './page-parts'
import { labelEfficiencyTable } from './plot-tables'
import type { LabelEfficiencySection, ReportDocument } from './report-data'
import { percent } from './words'

type Curve = LabelEfficiencySection['curves'][number]

export function labelEfficiencySection(document: ReportDocument): HtmlValue {
  const { labelEfficiency = [] } = document
  if (labelEfficiency.length === 0) return null
  return html`<section aria-labelledby="label-efficiency">
    <h2 id="label-efficiency">How many labels it takes</h2>
    ${labelEfficiency.map((section) => ofEncoder(section))} ${download(labelEfficiencyTable(document))}
  </section>`
}

function ofEncoder(section: LabelEfficiencySection): Html {
  const { encoder, curves, notes, seeds } = section
  return html`${labelEfficiencySentences(section).map((sentence) => html`<p>${sentence}</p>`)}
    <div class="grid">
      <figure role="group" aria-label="Top-1 by labelled images, ${encoder}">
        <figcaption>
          ${keys(curves.map(({ method }, run) => ({ name: methodWords[method], run, ...lineOf(method) })))}
          ${seeds > 1 ? `Mean over ${seeds} draws of the images; the band is the 95 % t-interval of it.` : 'One draw of the images.'}
        </figcaption>
        ${picture(chart(section))}
      </figure>
      <div>${scrollBox(`Top-1 by labelled images, ${encoder}`, table(section))}</div>
    </div>
    ${notes.map((note) => html`<p class="note">${note}.</p>`)}`
}

const lineOf = (method: Curve['method']): { line?: 'dashed' } =>
  method === 'random-probe' || method === 'scratch' ? { line: 'dashed' } : {}

function chart({ points, curves }: LabelEfficiencySection): string {
  const series = curves.map(({ method, top1, summary }, run): Series => ({
    run,
    ...lineOf(method),
    points: points.map(({ images }, point) => [images, meanOf(top1[point]!)] as const),
    sizes: points.map(() => 5),
    band: points.flatMap(({ images }, point) => {
      const interval = summary[point]
      return interval ? [[images, interval.low, interval.high] as const] : []
    }),
  }))
  return lineChart({ xName: 'labelled images', yName: 'top-1', percent: true, logarithmic: true, series })
}

function table({ points, curves }: LabelEfficiencySection): Html {
  return html`<table class="narrow">
    <thead>
      <tr>
        <th scope="col" class="left">Labels</th>
        <th scope="col">Images</th>
        ${curves.map(({ method }) => html`<th scope="col">${methodWords[method]}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${points.map(
        ({ name, images }, point) =>
          html`<tr>
            <th scope="row">${name}</th>
            <td>${images.toLocaleString('en-US')}</td>
            ${curves.map((curve) => html`<td>${cell(curve, point)}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`
}

function cell({ top1, summary }: Curve, point: number): string {
  const mean = percent(meanOf(top1[point]!))
  const { deviation } = summary[point] ?? {}
  return deviation === undefined ? mean : `${mean} ± ${(100 * deviation).toFixed(1)}`
}
