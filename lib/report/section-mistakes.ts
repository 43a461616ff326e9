/** The mistakes that each run was most sure of, as pictures where there are any. */
import { html, type Html } from './html'
import type { MistakeEntry, ReportDocument } from './report-data'
import { percent, className } from './words'

export function mistakesSection(document: ReportDocument): Html {
  return html`<section aria-labelledby="mistakes">
    <h2 id="mistakes">Most confident mistakes</h2>
    <p class="note">Look here first: wrong labels, odd crops and real look-alikes show at once.</p>
    ${document.runs.map(
      ({ name, mistakes = [] }) =>
        html`<h3>${name}</h3>
          ${
            mistakes.length === 0
              ? html`<p>None: every image was recognised.</p>`
              : html`<ul class="pictures">
                  ${mistakes.map((mistake) => mistakeItem(document, mistake))}
                </ul>`
          }`,
    )}
  </section>`
}

function mistakeItem(document: ReportDocument, mistake: MistakeEntry): Html {
  const { file, thumbnail, probability, labelProbability } = mistake
  const label = className(document, mistake.label)
  const predicted = className(document, mistake.predicted)
  const picture =
    thumbnail &&
    html`<img src="data:image/jpeg;base64,${thumbnail}" alt="Image of ${label}, taken for ${predicted}" />`
  return html`<li>
    ${picture} <b>${predicted}</b> ${percent(probability, 0)}<br />
    is ${label} (${percent(labelProbability, 0)})
    <span class="file">${file}</span>
  </li>`
}
