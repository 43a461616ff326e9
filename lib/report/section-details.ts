/** How it was made: data, encoder, environment and the whole configuration of every run. */
import { html, type Html, type HtmlValue } from './html'
import { leakedFact } from './leak-words'
import { scrollBox } from './page-parts'
import type { ReportDocument, RunSection } from './report-data'
import { encoderSentence } from './sentences'
import { count, duration } from './words'

const listedFiles = 20
/** Class counts of more classes than this are in report.json alone. */
const listedClasses = 50

type Fact = readonly [name: string, value: HtmlValue]

export function detailsSection(document: ReportDocument): Html {
  return html`<section aria-labelledby="how">
    <h2 id="how">How it was made</h2>
    <div class="facts">
      <div>
        <h3>Data</h3>
        ${factTable(dataFacts(document))}
      </div>
      <div>
        <h3>Environment</h3>
        ${factTable(environmentFacts(document))}
      </div>
      ${document.runs.map(
        (run) =>
          html`<div>
            <h3>${run.name}</h3>
            ${factTable(runFacts(run))}
          </div>`,
      )}
    </div>
    ${splitTable(document)} ${skippedList(document)} ${leakedList(document)}
    ${document.runs.map(
      ({ name, config }) =>
        html`<details>
          <summary>Configuration of ${name}</summary>
          <pre tabindex="0">${JSON.stringify(config, null, 2)}</pre>
        </details>`,
    )}
  </section>`
}

function factTable(facts: readonly Fact[]): Html {
  return html`<table>
    <tbody>
      ${facts.map(
        ([name, value]) =>
          html`<tr>
            <th scope="row">${name}</th>
            <td>${value}</td>
          </tr>`,
      )}
    </tbody>
  </table>`
}

function dataFacts({ data, evaluation }: ReportDocument): Fact[] {
  const { usedFor, split, leaked } = evaluation
  return [
    ['Classes', data.classes.length],
    ...Object.entries(data.splits).map(([name, { images }]): Fact => [name, count(images, 'image')]),
    [
      'Judged on',
      usedFor.length > 0
        ? `${split}, also used to choose ${usedFor.join(' and ')}`
        : `${split}, which chose nothing`,
    ],
    ...(leaked ? [['Judged images that are in training as well', leakedFact(leaked)] satisfies Fact] : []),
    ['Files left out', data.skipped.count],
    ['Fingerprint of the data', data.fingerprint ?? 'not taken'],
    ...(evaluation.fingerprint === undefined
      ? []
      : [['Fingerprint of the images judged', evaluation.fingerprint] satisfies Fact]),
    ...Object.entries(evaluation.preprocessing).map(([name, value]): Fact => [
      `Preprocessing: ${name}`,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  ]
}

function environmentFacts({ environment, library, createdAt }: ReportDocument): Fact[] {
  return [
    ['Library', `${library.name} ${library.version}`],
    ...Object.entries(environment).map(([name, value]): Fact => [name, value === null ? '–' : String(value)]),
    ['Report made', createdAt],
  ]
}

function runFacts(run: RunSection): Fact[] {
  return [
    ['Folder', run.directory],
    ['Encoder', encoderSentence(run)],
    ['Format of its weights', `${run.encoder.format}, ${run.encoder.dtype}`],
    ['Seed', run.seed],
    ['Training', `${count(run.history.length, 'epoch')}, ${duration(run.seconds)}`],
    ['Precision of evaluation', run.precision],
    ...(run.imagesPerSecond === null
      ? []
      : [['Speed of evaluation', `${run.imagesPerSecond.toFixed(0)} images/s`] satisfies Fact]),
  ]
}

function splitTable({ data }: ReportDocument): HtmlValue {
  const splits = Object.entries(data.splits)
  if (data.classes.length > listedClasses) return null
  return html`<details>
    <summary>Images by class and split</summary>
    ${scrollBox(
      'Images by class and split',
      html`<table>
        <thead>
          <tr>
            <th scope="col" class="left">Class</th>
            ${splits.map(([name]) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${data.classes.map(
            (name, c) =>
              html`<tr>
                <th scope="row">${name}</th>
                ${splits.map(([, { perClass }]) => html`<td>${perClass[c]}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>`,
    )}
  </details>`
}

function skippedList({ data: { skipped } }: ReportDocument): HtmlValue {
  if (skipped.count === 0) return null
  const rest = skipped.count - Math.min(listedFiles, skipped.files.length)
  return html`<details>
    <summary>Files that were left out: ${skipped.count}</summary>
    <ul>
      ${skipped.files.slice(0, listedFiles).map(({ file, reason }) => html`<li>${file}: ${reason}</li>`)}
      ${rest > 0 && html`<li>and ${rest} more, in report.json</li>`}
    </ul>
  </details>`
}

function leakedList({ evaluation: { leaked, split } }: ReportDocument): HtmlValue {
  if (!leaked || leaked.images === 0) return null
  const shown = leaked.files.slice(0, listedFiles)
  const rest = leaked.images - shown.length
  return html`<details>
    <summary>${split} images that are in training as well: ${leaked.images}</summary>
    <ul>
      ${shown.map((file) => html`<li>${file}</li>`)}
      ${rest > 0 && html`<li>and ${rest} more, in report.json</li>`}
    </ul>
  </details>`
}
