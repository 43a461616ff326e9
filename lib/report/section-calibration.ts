/** Are the probabilities true? The reliability plot of all runs. */
import { calibratedSentence, calibratedTable } from './calibrated-words'
import { lineChart, type Series } from './charts'
import { html, type Html } from './html'
import { download, keys, picture, scrollBox, type Key } from './page-parts'
import { reliabilityTable } from './plot-tables'
import type { ReliabilityEntry, ReportDocument, RunSection } from './report-data'
import { calibrationSentence } from './sentences'
import { percent } from './words'

export function calibrationSection(document: ReportDocument): Html {
  const { runs } = document
  const { samples } = document.evaluation
  const series = runs.flatMap(({ reliability = [], calibrated }, run): Series[] => [
    { run, ...curve(reliability, samples) },
    ...(calibrated ? [{ run, line: 'dashed' as const, ...curve(calibrated.reliability, samples) }] : []),
  ])
  const lines = runs.flatMap(({ name, calibrated }, run): Key[] => [
    { name, run },
    ...(calibrated ? [{ name: `${name}, with temperature`, run, line: 'dashed' as const }] : []),
  ])
  const svg = lineChart({ xName: 'confidence', yName: 'accuracy', percent: true, square: true, series })
  return html`<section aria-labelledby="calibration">
    <h2 id="calibration">Calibration</h2>
    ${document.runs.map((run) => {
      const scaled = calibratedSentence(run)
      return html`<p>${calibrationSentence(run)}</p>
        ${scaled && html`<p>${scaled}</p>`}`
    })}
    <div class="grid">
      <figure role="group" aria-label="Reliability plot">
        <figcaption>
          ${keys(lines)} On the dotted line confidence is what it says; below it the classifier is
          overconfident. Points grow with the images in their bin.
        </figcaption>
        ${picture(svg)}
      </figure>
      <div>${calibratedTable(document)} ${document.runs.map(binTable)}</div>
    </div>
    ${download(reliabilityTable(document))}
  </section>`
}

/** Accuracy by mean confidence of the bins that have images. */
function curve(reliability: readonly ReliabilityEntry[], images: number): Pick<Series, 'points' | 'sizes'> {
  const bins = reliability.filter(({ samples }) => samples > 0)
  return {
    points: bins.map(({ confidence, accuracy }) => [confidence ?? 0, accuracy] as const),
    sizes: bins.map(({ samples }) => 4 + 14 * Math.sqrt(samples / images)),
  }
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
