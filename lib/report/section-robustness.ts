/** How errors grow under corruptions: a heat map of corruptions by severity, with a picture of each. */
import { html, type Html, type HtmlValue } from './html'
import { download, jpeg, scrollBox } from './page-parts'
import { robustnessTable } from './plot-tables'
import type { ReportDocument, RobustnessSection, RunSection, ScoreEntry } from './report-data'
import {
  corruptionWords,
  hasRobustness,
  inSentence,
  isAveraged,
  robustnessNotes,
  robustnessSentence,
} from './robustness-words'
import { className, percent } from './words'

export function robustnessSection(document: ReportDocument): HtmlValue {
  const { runs } = document
  if (!hasRobustness(runs)) return null
  const scale = errorScale(runs)
  const notes = [
    ...new Set(runs.flatMap(({ robustness }) => (robustness ? robustnessNotes(robustness) : []))),
  ]
  return html`<section aria-labelledby="robustness">
    <h2 id="robustness">Robustness to corruptions</h2>
    ${notes.map((note) => html`<p class="note">${note}</p>`)}
    <div class="grid">
      ${runs.map(({ name, robustness }) => {
        if (robustness === undefined) return null
        return html`<div>
          <h3>${name}</h3>
          <p>${robustnessSentence(name, robustness)}</p>
          ${exampleNote(document, robustness)}
          ${scrollBox(`Errors of ${name} by corruption and severity`, heatMap(robustness, scale))}
        </div>`
      })}
    </div>
    ${download(robustnessTable(document))}
  </section>`
}

function exampleNote(document: ReportDocument, { example }: RobustnessSection): HtmlValue {
  if (example === undefined) return null
  const words = `${className(document, example.label)}, ${example.file}: at severity ${example.severity} below, as it is here.`
  return html`<p class="note example">
    ${jpeg(example.clean, 'the example as it is')} <span>${words}</span>
  </p>`
}

/** From an error to a share of the colour, the same for all runs: none at the least of them, all at the largest. */
function errorScale(runs: readonly RunSection[]): (error: number) => number {
  const errors = runs.flatMap(({ robustness }) =>
    robustness ? [robustness.cleanError, ...robustness.corruptions.flatMap((one) => one.errors)] : [],
  )
  const values = errors.map(({ value }) => value)
  const least = Math.min(...values)
  const most = Math.max(...values)
  return (error) => (most > least ? (error - least) / (most - least) : 0)
}

function heatMap(robustness: RobustnessSection, scale: (error: number) => number): Html {
  const { severities, corruptions, cleanError, meanError, example } = robustness
  const rows = corruptions.map((corruption, index) => ({ ...corruption, picture: example?.corrupted[index] }))
  const columns = severities.length
  const cell = ({ value }: ScoreEntry): Html =>
    html`<td style="--share:${scale(value).toFixed(3)}">${percent(value, 0).replace(/\s*%/, '')}</td>`
  const row = ({ name, errors, mean, picture }: (typeof rows)[number]): Html =>
    html`<tr>
      <th scope="row">${corruptionWords(name)}</th>
      ${example && html`<td class="picture">${picture && jpeg(picture, `under ${inSentence(name)}`)}</td>`}
      ${errors.map(cell)} ${cell(mean)}
    </tr>`
  const summary = (label: string, entry: ScoreEntry | null): HtmlValue =>
    entry &&
    html`<tr>
      <th scope="row">${label}</th>
      ${example && html`<td></td>`}
      <td class="empty" colspan="${columns}"></td>
      ${cell(entry)}
    </tr>`
  const extra = rows.filter(({ name }) => !isAveraged(robustness, name))
  return html`<table class="heat levels">
    <caption>
      <span
        >Images that are wrong, in per cent, by severity, darker where more are; each cell's 95 % interval is
        in the data.</span
      >
    </caption>
    <thead>
      <tr>
        <td></td>
        ${example && html`<td></td>`} ${severities.map((severity) => html`<th scope="col">${severity}</th>`)}
        <th scope="col">mean</th>
      </tr>
    </thead>
    <tbody>
      ${summary('As they are', cleanError)}
      ${rows.filter(({ name }) => isAveraged(robustness, name)).map(row)}
      ${summary('Mean of these', meanError)} ${extra.map(row)}
    </tbody>
  </table>`
}
