/** First screen: what was trained on what, how good it is, which run is better, and what to worry about. */
import { cueConflictSentences } from './cue-conflict-words'
import { html, type Html } from './html'
import { labelEfficiencySentences } from './label-efficiency-words'
import { withoutLeakedNote } from './leak-words'
import { sectionsOf } from './navigation'
import { colour, rangeBar } from './page-parts'
import type { ReportDocument, RunSection } from './report-data'
import { realSentences } from './real-words'
import { robustnessSentence } from './robustness-words'
import { sensitivitySentences } from './sensitivity-words'
import { title, leadSentences, runNote, comparisonSentence, headline, repetitionSentences } from './sentences'
import { scoreWords, scoreText, intervalText, metricWords } from './words'

const cardScores = [
  'top5',
  'meanPerClassAccuracy',
  'f1',
  'macroF1',
  'exactMatch',
  'loss',
  'nll',
  'ece',
] as const

export function summarySection(document: ReportDocument): Html {
  return html`<header>
    ${summaryBody(document)}
    <nav aria-label="Sections">
      <ul>
        ${sectionsOf(document).map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`)}
      </ul>
    </nav>
  </header>`
}

export function summaryBody(document: ReportDocument): Html {
  return html`<p class="eyebrow">Classification report · ${document.createdAt.slice(0, 10)}</p>
    <h1>${title(document)}</h1>
    ${leadSentences(document).map((sentence) => html`<p class="lead">${sentence}</p>`)}
    <div class="runs">${document.runs.map((run, index) => runCard(document, run, index))}</div>
    ${repetitionSentences(document).map((sentence) => html`<p class="verdict">${sentence}</p>`)}
    ${(document.labelEfficiency ?? []).map(
      (section) => html`<p class="verdict">${labelEfficiencySentences(section)[0]}</p>`,
    )}
    ${document.runs.map(
      ({ name, robustness }) =>
        robustness && html`<p class="verdict">${robustnessSentence(name, robustness)}</p>`,
    )}
    ${document.runs.map(
      ({ name, sensitivity }) =>
        sensitivity && html`<p class="verdict">${sensitivitySentences(name, sensitivity)[0]}</p>`,
    )}
    ${realSentences(document.runs).map((sentence) => html`<p class="verdict">${sentence}</p>`)}
    ${cueConflictSentences(document.runs).map((sentence) => html`<p class="verdict">${sentence}</p>`)}
    ${document.comparisons.map((pair) => html`<p class="verdict">${comparisonSentence(document, pair)}</p>`)}
    ${concernsBox(document)}`
}

function runCard({ evaluation }: ReportDocument, run: RunSection, index: number): Html {
  const metric = headline(run.scores)
  const without = withoutLeakedNote(run, evaluation)
  const entry = run.scores[metric]
  return html`<article class="run" style="${colour(index)}">
    <h3>${run.name}</h3>
    <p class="note">${runNote(run)}</p>
    ${
      entry &&
      html`<p class="headline">
          <b>${scoreText(metric, entry.value)}</b> <span>${metricWords(metric)}</span>
        </p>
        ${rangeBar(entry, index)}
        <p class="note">95 % interval ${intervalText(metric, entry)}</p>`
    }
    ${without && html`<p class="note">${without}</p>`}
    <dl>
      ${cardScores.map((name) => {
        const entry = run.scores[name]
        return (
          entry &&
          html`<div>
            <dt>${scoreWords[name]?.label}</dt>
            <dd>${scoreText(name, entry.value)}</dd>
          </div>`
        )
      })}
    </dl>
  </article>`
}

function concernsBox({ concerns, warnings }: ReportDocument): Html {
  const sentences = [...concerns, ...warnings.map(({ message }) => message)]
  return html`<aside class="concerns" aria-labelledby="worry">
    <h2 id="worry">What to worry about</h2>
    <ul>
      ${sentences.map((sentence) => html`<li>${sentence}</li>`)}
    </ul>
  </aside>`
}
