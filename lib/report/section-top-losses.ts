/** The images with the largest loss, as pictures where there are any: what each is, and what it is said to be. */
import { html, type Html } from './html'
import type { ReportDocument, TopLossEntry } from './report-data'
import { className, listed, percent } from './words'

/** Classes of one image that are listed. */
const listedClasses = 4

export const hasTopLosses = ({ runs }: ReportDocument): boolean =>
  runs.some(({ topLosses }) => topLosses !== undefined)

export function topLossesSection(document: ReportDocument): Html | null {
  if (!hasTopLosses(document)) return null
  return html`<section aria-labelledby="losses">
    <h2 id="losses">Largest losses</h2>
    <p class="note">${noteOf(document)}</p>
    ${document.runs.map(
      ({ name, topLosses = [] }) =>
        html`<h3>${name}</h3>
          ${
            topLosses.length === 0
              ? html`<p>None: every image was decided rightly.</p>`
              : html`<ul class="pictures">
                  ${topLosses.map((entry) => lossItem(document, entry))}
                </ul>`
          }`,
    )}
  </section>`
}

/** Of one label each an image may be decided rightly and still be costly, where there are many classes. */
function noteOf({ evaluation }: ReportDocument): string {
  if (evaluation.labels) {
    return 'Wrongly decided images that cost the most: in training such images pull hardest. Wrong labels are often among them.'
  }
  return 'Images whose label is given the least probability (loss is its negative logarithm): in training such images pull hardest. Wrong labels are often among them.'
}

function lossItem(document: ReportDocument, entry: TopLossEntry): Html {
  const { file, thumbnail, loss } = entry
  const { is, said } = lossWords(document, entry)
  // Of one label the loss is the negative logarithm of its probability.
  const own = document.evaluation.labels ? '' : ` (${percent(Math.exp(-loss))})`
  const picture =
    thumbnail &&
    html`<img src="data:image/jpeg;base64,${thumbnail}" alt="Image of ${is}, said to be ${said}" />`
  return html`<li>
    ${picture} <b>${said}</b><br />
    is ${is}${own}<br />
    loss ${loss.toFixed(2)}
    <span class="file">${file}</span>
  </li>`
}

/** What it is, and what it is said to be, as phrases. */
export function lossWords(
  document: ReportDocument,
  { labels, predicted }: TopLossEntry,
): { is: string; said: string } {
  const is = listed(
    labels.map((label) => className(document, label)),
    listedClasses,
  )
  const said = listed(
    predicted.map((one) => `${className(document, one.class)} ${percent(one.probability, 0)}`),
    listedClasses,
  )
  return { is: is || 'none of the classes', said: said || 'none of the classes' }
}
