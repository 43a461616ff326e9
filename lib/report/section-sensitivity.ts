/** What the decisions change with: colour, detail, arrangement and the like, with a picture of each change. */
import { html, type Html, type HtmlValue } from './html'
import { download, jpeg, rangeBar, scrollBox } from './page-parts'
import { sensitivityTable } from './plot-tables'
import type { ReportDocument, ScoreEntry, SensitivitySection } from './report-data'
import {
  changeWords,
  hasSensitivity,
  qualityWords,
  sensitivityNotes,
  sensitivitySentences,
} from './sensitivity-words'
import { className, intervalText, percent } from './words'

export function sensitivitySection(document: ReportDocument): HtmlValue {
  const { runs } = document
  if (!hasSensitivity(runs)) return null
  const notes = new Set(runs.flatMap(({ sensitivity }) => (sensitivity ? sensitivityNotes(sensitivity) : [])))
  return html`<section aria-labelledby="sensitivity">
    <h2 id="sensitivity">What the decisions change with</h2>
    ${[...notes].map((note) => html`<p class="note">${note}</p>`)}
    ${runs.map(({ name, sensitivity }, run) => {
      if (sensitivity === undefined) return null
      return html`<h3>${name}</h3>
        ${sensitivitySentences(name, sensitivity).map((sentence) => html`<p>${sentence}</p>`)}
        ${exampleNote(document, sensitivity)}
        ${scrollBox(`Decisions of ${name} under each change`, table(sensitivity, run))}`
    })}
    ${download(sensitivityTable(document))}
  </section>`
}

function exampleNote(document: ReportDocument, { example }: SensitivitySection): HtmlValue {
  if (example === undefined) return null
  return html`<p class="note example">
    ${jpeg(example.clean, 'the example as it is')}
    <span>${className(document, example.label)}, ${example.file}: as it is here, changed below.</span>
  </p>`
}

function table(section: SensitivitySection, run: number): Html {
  const { changes, attributes, example, top1 } = section
  const ofAttribute = (attribute: string): Html[] =>
    changes.flatMap((change, index) => {
      if (change.attribute !== attribute) return []
      const words = changeWords(change)
      const picture = example?.changed[index]
      return html`<tr>
        <th scope="row">${words}</th>
        ${example && html`<td class="picture">${picture && jpeg(picture, words)}</td>`}
        ${share(change.flips, run)} ${share(change.top1, run)}
        <td>${points(change.loss)}</td>
      </tr>`
    })
  return html`<table class="changes narrow">
    <thead>
      <tr>
        <th scope="col" class="left">Change</th>
        ${example && html`<td></td>`}
        <th scope="col">Decisions that are others</th>
        <th scope="col">Top-1</th>
        <th scope="col">Points lost</th>
      </tr>
    </thead>
    <tbody>
      <tr>
        <th scope="row">None</th>
        ${example && html`<td></td>`}
        <td></td>
        ${share(top1, run)}
        <td></td>
      </tr>
    </tbody>
    ${attributes.map(
      ({ attribute, flips, loss }) =>
        html`<tbody>
          <tr class="attribute">
            <th scope="rowgroup">${capital(qualityWords(attribute))}</th>
            ${example && html`<td></td>`} ${share(flips, run)}
            <td></td>
            <td>${points(loss)}</td>
          </tr>
          ${ofAttribute(attribute)}
        </tbody>`,
    )}
  </table>`
}

const capital = (words: string): string => `${words[0]!.toUpperCase()}${words.slice(1)}`

function share(entry: ScoreEntry, run: number): Html {
  return html`<td>
    ${percent(entry.value)}<span class="note">${intervalText('top1', entry)}</span>${rangeBar(entry, run)}
  </td>`
}

function points({ value, low, high }: SensitivitySection['changes'][number]['loss']): Html {
  const text = (share: number): string => (100 * share).toFixed(1)
  return html`${text(value)}<span class="note">${text(low)} – ${text(high)}</span>`
}
