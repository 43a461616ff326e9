/** Labels that are likely wrong, as pictures where there are any. */
import { html, type Html } from './html'
import type { LabelIssueEntry, ReportDocument, RunSection } from './report-data'
import { areCredible, tooManySentence } from './sentences'
import { count, percent, className } from './words'

export function labelIssuesSection(document: ReportDocument): Html | null {
  const runs = document.runs.filter(({ labelIssues }) => labelIssues !== undefined)
  if (runs.length === 0) return null
  return html`<section aria-labelledby="label-issues">
    <h2 id="label-issues">Likely wrong labels</h2>
    <p class="note">
      Images that another class fits as surely as its own members usually fit, and their label does not
      (confident learning, arXiv:1911.00068). A suggestion to look, not a verdict: the weaker the classifier,
      the more of its own mistakes are among them.
    </p>
    ${runs.map((run) => runIssues(document, run))}
  </section>`
}

function runIssues(document: ReportDocument, { name, labelIssues }: RunSection): Html {
  const { count: found = 0, first = [] } = labelIssues ?? {}
  const { samples } = document.evaluation
  if (found === 0) return html`<p>${name} doubts none of the ${count(samples, 'label')}.</p>`
  if (!areCredible(found, samples)) return html`<p>${tooManySentence(name, found, samples)}</p>`
  const shown = first.length < found ? `; the first ${first.length}` : ''
  return html`<h3>${name}</h3>
    <p>${count(found, 'label')} of ${samples.toLocaleString('en-US')} doubted${shown}:</p>
    <ul class="pictures">
      ${first.map((issue) => issueItem(document, issue))}
    </ul>`
}

function issueItem(document: ReportDocument, issue: LabelIssueEntry): Html {
  const label = className(document, issue.label)
  const suggested = className(document, issue.suggested)
  const picture =
    issue.thumbnail &&
    html`<img
      src="data:image/jpeg;base64,${issue.thumbnail}"
      alt="Image labelled ${label}, which looks like ${suggested}"
    />`
  return html`<li>
    ${picture} labelled ${label} (${percent(issue.labelProbability, 0)})<br />
    looks like <b>${suggested}</b> ${percent(issue.probability, 0)}
    <span class="file">${issue.file}</span>
  </li>`
}
