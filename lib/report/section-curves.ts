/** Loss and top-1 by epoch, for each run. */
import { lineChart, type Series } from './charts'
import { html, type Html, type HtmlValue } from './html'
import { download, keys, picture } from './page-parts'
import { curvesTable } from './plot-tables'
import type { EpochEntry, ReportDocument, RunSection } from './report-data'
import { curveSentence } from './sentences'

export function curvesSection(document: ReportDocument): Html {
  return html`<section aria-labelledby="curves">
    <h2 id="curves">Training</h2>
    ${document.runs.map(
      (run, index) =>
        html`<h3>${run.name}</h3>
          <p class="note">${curveSentence(run)}</p>
          ${freezing(run)}
          <div class="grid">${figure(run, index, 'loss')} ${figure(run, index, 'top1')}</div>`,
    )}
    ${download(curvesTable(document))}
  </section>`
}

/** Parts of the model down, epochs across. */
function freezing({ name, freezing: lines }: RunSection): HtmlValue {
  if (lines === undefined) return null
  return html`<p class="note">What trained, by epoch (from 0)</p>
    <pre tabindex="0" aria-label="What trained in ${name}, by epoch">${lines.join('\n')}</pre>`
}

function figure(run: RunSection, index: number, metric: 'loss' | 'top1'): Html {
  const training = run.history.map(({ epoch, train }) => [epoch + 1, train[metric] ?? null] as const)
  const validated = run.history.filter(
    (entry): entry is EpochEntry & { validation: Record<string, number | null> } => entry.validation !== null,
  )
  const validation = validated.map(
    ({ epoch, validation: found }) => [epoch + 1, found[metric] ?? null] as const,
  )
  const series: Series[] = [{ run: index, points: training, dashed: true }]
  if (validation.length > 0) series.push({ run: index, points: validation })
  const name = metric === 'loss' ? 'Loss' : 'Top-1'
  const svg = lineChart({ xName: 'epoch', yName: name.toLowerCase(), percent: metric === 'top1', series })
  return html`<figure role="group" aria-label="${name} of ${run.name} by epoch">
    <figcaption>
      ${keys([
        { name: `${name}, training`, run: index, dashed: true },
        ...(validation.length > 0 ? [{ name: `${name}, validation`, run: index }] : []),
      ])}
    </figcaption>
    ${picture(svg)}
  </figure>`
}
