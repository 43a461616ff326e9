/** What a classifier's temperature does to its calibration, in words and as a table. */
import type { Temperature } from '../metrics'
import { html, type Html } from './html'
import { scrollBox } from './page-parts'
import type { CalibratedSection, ReportDocument, RunSection } from './report-data'
import { count, percent, scoreText, scoreWords } from './words'

const shown = ['nll', 'brier', 'ece', 'adaptiveEce'] as const

/** 'With its temperature of 1.37, fitted on 500 validation images, finetune is 71.0 % sure on average; ECE 3.1 % in place of 12.0 %, …' */
export function calibratedSentence({ name, scores, calibrated }: RunSection): string | undefined {
  if (calibrated === undefined) return undefined
  const { temperature, judgedBy, meanConfidence } = calibrated
  const change = (metric: 'ece' | 'nll'): string =>
    `${scoreWords[metric]!.label} ${scoreText(metric, calibrated[metric])} in place of ${scoreText(metric, scores[metric]?.value ?? NaN)}`
  const halves =
    judgedBy === 'halves'
      ? ' Those are the images judged here, so each half of them is judged by a temperature of the other half.'
      : ''
  return `With its temperature of ${temperature.toFixed(3)}, fitted on ${fittedWords({ ...calibrated, images: calibrated.fittedImages })}, ${name} is ${percent(meanConfidence)} sure on average; ${change('ece')}, ${change('nll')}.${halves} The predict option calibrated gives these probabilities.`
}

/** '500 validation images'; '2,000 held-out training images, with a head that was trained on the others'. */
export function fittedWords({
  images,
  fittedOn,
}: {
  images: number
  fittedOn: Temperature['fittedOn']
}): string {
  if (fittedOn === 'validation') return count(images, 'validation image')
  return `${count(images, 'held-out training image')}, with a head that was trained on the others`
}

/** Before and after, for the runs that have a temperature. */
export function calibratedTable({ runs }: ReportDocument): Html | null {
  const scaled = runs.flatMap((run) => (run.calibrated ? [{ run, calibrated: run.calibrated }] : []))
  if (scaled.length === 0) return null
  return scrollBox(
    'Calibration with temperature',
    html`<table>
      <caption>
        As the logits are, and divided by the temperature
      </caption>
      <thead>
        <tr>
          <th scope="col" class="left">Metric</th>
          ${scaled.map(
            ({ run }) =>
              html`<th scope="col">${run.name}</th>
                <th scope="col">with temperature</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${shown.map(
          (metric) =>
            html`<tr>
              <th scope="row">${scoreWords[metric]?.label}</th>
              ${scaled.map(({ run, calibrated }) => cells(metric, run, calibrated))}
            </tr>`,
        )}
      </tbody>
    </table>`,
  )
}

function cells(metric: (typeof shown)[number], { scores }: RunSection, calibrated: CalibratedSection): Html {
  const before = scores[metric]
  return html`<td>${before ? scoreText(metric, before.value) : '–'}</td>
    <td>${scoreText(metric, calibrated[metric])}</td>`
}
