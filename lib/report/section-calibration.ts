/** Are the probabilities true? The reliability plot of all runs. */
import { lineChart } from './charts'
import { html, type Html } from './html'
import { download, keys, picture, scrollBox } from './page-parts'
import { reliabilityTable } from './plot-tables'
import type { ReliabilityEntry, ReportDocument, RunSection } from './report-data'
import { calibrationSentence } from './sentences'
import { percent } from './words'

export function calibrationSection(document: ReportDocument): Html {
  const series = document.runs.map(({ reliability = [] }, run) => {
    const bins = reliability.filter(({ samples }) => samples > 0)
    return {
      run,
      points: bins.map(({ confidence, accuracy }) => [confidence ?? 0, accuracy] as const),
      sizes: bins.map(({ samples }) => 4 + 14 * Math.sqrt(samples / document.evaluation.samples)),
    }
  })
  const svg = lineChart({ xName: 'confidence', yName: 'accuracy', percent: true, square: true, series })
  return html`<section aria-labelledby="calibration">
    <h2 id="calibration">Calibration</h2>
    ${document.runs.map((run) => html`<p>${calibrationSentence(run)}</p>`)}
    <div class="grid">
      <figure role="group" aria-label="Reliability plot">
        <figcaption>
          ${keys(document.runs.map(({ name }, run) => ({ name, run })))} On the dotted line confidence is what
          it says; below it the classifier is overconfident. Points grow with the images in their bin.
        </figcaption>
        ${picture(svg)}
      </figure>
      <div>${document.runs.map(binTable)}</div>
    </div>
    ${download(reliabilityTable(document))}
  </section>`
}

function binTable({ name, reliability = [] }: RunSection): Html {
  return html`<details>
    <summary>Bins of ${name}</summary>
    ${scrollBox(
      `Bins of ${name}`,
      html`<table>
        <thead>
          <tr>
            <th scope="col" class="left">Confidence</th>
            <th scope="col">Images</th>
            <th scope="col">Mean confidence</th>
            <th scope="col">Accuracy</th>
          </tr>
        </thead>
        <tbody>
          ${reliability.filter(({ samples }) => samples > 0).map(binRow)}
        </tbody>
      </table>`,
    )}
  </details>`
}

function binRow({ lower, upper, samples, confidence, accuracy }: ReliabilityEntry): Html {
  return html`<tr>
    <th scope="row">${percent(lower, 0)} to ${percent(upper, 0)}</th>
    <td>${samples}</td>
    <td>${percent(confidence ?? 0)}</td>
    <td>${percent(accuracy ?? 0)}</td>
  </tr>`
}
