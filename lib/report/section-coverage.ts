/** What is gained by not answering when unsure: accuracy by the part of the images that is answered. */
import { lineChart } from './charts'
import { html, type Html } from './html'
import { download, keys, picture } from './page-parts'
import { coverageTable } from './plot-tables'
import type { ReportDocument } from './report-data'
import { coverageSentence } from './sentences'

export function coverageSection(document: ReportDocument): Html | null {
  if (!document.runs.some(({ coverage }) => coverage !== undefined)) return null
  const series = document.runs.map(({ coverage = [] }, run) => ({
    run,
    points: coverage.map(({ coverage: part, accuracy }) => [part, accuracy] as const),
  }))
  const svg = lineChart({
    xName: 'part of the images answered',
    yName: 'accuracy',
    percent: true,
    shares: true,
    series,
  })
  return html`<section aria-labelledby="coverage">
    <h2 id="coverage">Answering only when sure</h2>
    <div class="grid">
      <figure role="group" aria-label="Accuracy by coverage">
        <figcaption>
          ${keys(document.runs.map(({ name }, run) => ({ name, run })))} Images in order of confidence, the
          surest first; at 100 % all are answered.
        </figcaption>
        ${picture(svg)}
      </figure>
      <div>${document.runs.map((run) => html`<p>${coverageSentence(run)}</p>`)}</div>
    </div>
    ${download(coverageTable(document))}
  </section>`
}
