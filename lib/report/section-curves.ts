/** Loss and top-1 by epoch, for each run. */
import { lineChart, type Series } from './charts'
import { html, type Html, type HtmlValue } from './html'
import { download, keys, picture } from './page-parts'
import { curvesTable } from './plot-tables'
import type { ReportDocument, RunSection } from './report-data'
import { curveSentence } from './sentences'
import { metricWords } from './words'

export function curvesSection(document: ReportDocument): Html {
  return html`<section aria-labelledby="curves">
    <h2 id="curves">Training</h2>
    ${document.runs.map(
      (run, index) =>
        html`<h3>${run.name}</h3>
          <p class="note">${curveSentence(run)}</p>
          ${freezing(run)}
          <div class="grid">
            ${figure(run, index, 'loss')} ${figure(run, index, document.evaluation.labels ? 'mAP' : 'top1')}
          </div>`,
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

/** Of averaged weights, and of those that train beside them, `raw…`, where there are both. */
const metrics = {
  loss: { name: 'Loss', raw: 'rawLoss' },
  top1: { name: 'Top-1', raw: 'rawTop1' },
  mAP: { name: 'mAP', raw: 'rawMAP' },
} as const

function figure(run: RunSection, index: number, metric: keyof typeof metrics): Html {
  const { name, raw } = metrics[metric]
  const training = run.history.map(({ epoch, train }) => [epoch + 1, train[metric] ?? null] as const)
  const averaged = validated(run, raw).length > 0
  const lines: { words: string; points: Series['points']; line?: 'dashed' | 'dotted' }[] = [
    ...(metric === 'mAP' ? [] : [{ words: 'training', points: training, line: 'dashed' as const }]),
    { words: averaged ? 'validation, averaged weights' : 'validation', points: validated(run, metric) },
    { words: 'validation, raw weights', points: validated(run, raw), line: 'dotted' },
  ]
  const drawn = lines.filter(({ points }) => points.length > 0)
  const series = drawn.map(({ points, line }) => ({ run: index, points, ...(line ? { line } : {}) }))
  const svg = lineChart({ xName: 'epoch', yName: metricWords(metric), percent: metric !== 'loss', series })
  return html`<figure role="group" aria-label="${name} of ${run.name} by epoch">
    <figcaption>
      ${keys(drawn.map(({ words, line }) => ({ name: `${name}, ${words}`, run: index, ...(line ? { line } : {}) })))}
    </figcaption>
    ${picture(svg)}
  </figure>`
}

/** Of the epochs that have it. */
function validated({ history }: RunSection, metric: string): [number, number | null][] {
  return history.flatMap(({ epoch, validation }): [number, number | null][] =>
    validation?.[metric] === undefined ? [] : [[epoch + 1, validation[metric] ?? null]],
  )
}
