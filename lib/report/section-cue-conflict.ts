/** Decisions where shape and texture disagree, by the category of the shape. */
import { cueConflictSentences, hasCueConflict } from './cue-conflict-words'
import { html, type Html, type HtmlValue } from './html'
import { download, rangeBar, scrollBox } from './page-parts'
import { cueConflictTable } from './plot-tables'
import type { CueConflictSection, ReportDocument, ScoreEntry } from './report-data'
import { intervalText, percent } from './words'

export function cueConflictSection(document: ReportDocument): HtmlValue {
  const { runs } = document
  if (!hasCueConflict(runs)) return null
  return html`<section aria-labelledby="cue-conflict">
    <h2 id="cue-conflict">Shape or texture</h2>
    ${cueConflictSentences(runs).map((sentence) => html`<p>${sentence}</p>`)}
    <p class="note">
      Images with the shape of one category and the texture of another (Geirhos et al., 2019). The decision is
      the category with the largest mean of its classes' probabilities.
    </p>
    ${runs.map(({ name, cueConflict }, run) => {
      if (cueConflict === undefined) return null
      return html`<h3>${name}</h3>
        ${scrollBox(`Decisions of ${name} by the category of the shape`, table(cueConflict, run))}`
    })}
    ${download(cueConflictTable(document))}
  </section>`
}

function table(section: CueConflictSection, run: number): Html {
  const rows = [{ name: 'All', shares: section }, ...section.categories]
  return html`<table class="narrow">
    <thead>
      <tr>
        <th scope="col" class="left">Shape of</th>
        <th scope="col">Images</th>
        <th scope="col">Its shape</th>
        <th scope="col">Its texture</th>
        <th scope="col">Neither</th>
        <th scope="col">Shape bias</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ({ name, shares }) =>
          html`<tr>
            <th scope="row">${name}</th>
            <td>${(shares?.images ?? 0).toLocaleString('en-US')}</td>
            ${[shares?.shape, shares?.texture, shares?.other, shares?.shapeBias].map((entry) =>
              share(entry ?? null, run),
            )}
          </tr>`,
      )}
    </tbody>
  </table>`
}

function share(entry: ScoreEntry | null, run: number): Html {
  if (entry === null) return html`<td>–</td>`
  return html`<td>
    ${percent(entry.value)}<span class="note">${intervalText('top1', entry)}</span>${rangeBar(entry, run)}
  </td>`
}
