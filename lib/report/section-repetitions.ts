/** One recipe trained several times: what each run scored, the mean, and how far the runs lie apart. */
import { html, type Html, type HtmlValue } from './html'
import { download, scrollBox } from './page-parts'
import { repetitionsTable } from './plot-tables'
import type { RepetitionSection, ReportDocument } from './report-data'
import { foldsCaution } from './sentences'
import { count, scoreText, scoreWords } from './words'

/** Nothing where every run is by itself. */
export function repetitionsSection(document: ReportDocument): HtmlValue {
  const { repetitions = [] } = document
  if (repetitions.length === 0) return null
  return html`<section aria-labelledby="repetitions">
    <h2 id="repetitions">Runs of one recipe</h2>
    ${repetitions.map(repetition)} ${download(repetitionsTable(document))}
  </section>`
}

function repetition(group: RepetitionSection): Html {
  const { name, over, runs } = group
  return html`<h3>${name}</h3>
    <p class="note">${explanation(group)}</p>
    ${scrollBox(`Scores of ${name}`, scoreTable(group))}
    <details>
      <summary>The ${over === 'seeds' ? 'runs' : 'runs of the folds'}</summary>
      ${scrollBox(`Runs of ${name}`, runTable(runs))}
    </details>`
}

function explanation({ over, runs, of }: RepetitionSection): string {
  const missing = runs.length === of ? '' : ` of ${of}`
  if (over === 'seeds') {
    return `${runs.length}${missing} runs that differ in their seed alone (order, head, augmentation), judged on the same images: mean and sample deviation.`
  }
  return `${runs.length}${missing} folds, each judged by the run that was not trained on it: mean over the folds with its 95 % t-interval. ${foldsCaution}`
}

function scoreTable({ over, runs, scores }: RepetitionSection): Html {
  const names = Object.keys(scoreWords).filter((name) => runs.some((run) => name in run.scores))
  return html`<table>
    <thead>
      <tr>
        <th scope="col" class="left">Metric</th>
        <th scope="col">Mean</th>
        <th scope="col">Deviation</th>
        ${over === 'folds' && html`<th scope="col">95 % t-interval</th>`}
        ${runs.map(({ name }) => html`<th scope="col">${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${names.map((name) => {
        const all = scores[name]
        return html`<tr>
          <th scope="row">${scoreWords[name]?.label}</th>
          <td>${all ? scoreText(name, all.mean) : '–'}</td>
          <td>${all ? scoreText(name, all.deviation) : '–'}</td>
          ${over === 'folds' && html`<td>${all ? `${scoreText(name, all.low)} – ${scoreText(name, all.high)}` : '–'}</td>`}
          ${runs.map((run) => html`<td>${cell(name, run.scores[name])}</td>`)}
        </tr>`
      })}
    </tbody>
  </table>`
}

function cell(name: string, value: number | undefined): string {
  return value === undefined ? '–' : scoreText(name, value)
}

function runTable(runs: RepetitionSection['runs']): Html {
  return html`<table>
    <thead>
      <tr>
        <th scope="col" class="left">Run</th>
        <th scope="col">Seed</th>
        <th scope="col">Judged on</th>
        <th scope="col">Epochs</th>
        <th scope="col">Kept</th>
        <th scope="col" class="left">Folder</th>
      </tr>
    </thead>
    <tbody>
      ${runs.map(
        ({ name, seed, samples, epochs, bestEpoch, directory }) =>
          html`<tr>
            <th scope="row">${name}</th>
            <td>${seed}</td>
            <td>${count(samples, 'image')}</td>
            <td>${epochs}</td>
            <td>epoch ${bestEpoch + 1}</td>
            <td class="left">${directory}</td>
          </tr>`,
      )}
    </tbody>
  </table>`
}
