/** Training pictures as each fine-tune saw them, where they were drawn. */
import { html, type HtmlValue } from './html'
import type { ReportDocument } from './report-data'
import { mixingSentence, viewsTable } from './views-table'
import { className, listed } from './words'

export const hasViews = ({ runs }: ReportDocument): boolean => runs.some(({ views }) => views !== undefined)

export function viewsSection(document: ReportDocument): HtmlValue {
  if (!hasViews(document)) return null
  return html`<section aria-labelledby="views">
    <h2 id="views">What the model saw</h2>
    <p class="note">
      Some training images as they would be evaluated, and as they were drawn for training. A view that even a
      person cannot name teaches little.
    </p>
    ${document.runs.map(({ name, views, config }) => {
      if (views === undefined) return null
      const rows = views.map(({ file, label, labels = [label], evaluation, training }) => ({
        file,
        label: listed(labels.map((one) => className(document, one))),
        pictures: [evaluation, ...training],
      }))
      return html`<h3>${name}</h3>
        ${viewsTable(`Views of training images in ${name}`, rows)}
        <p class="note">${mixingSentence(config)}</p>`
    })}
  </section>`
}
