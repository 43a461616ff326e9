/** How a probe's learning rate and weight decay were chosen: the whole grid. */
import { html, type Html } from './html'
import { scrollBox } from './page-parts'
import type { ChoiceSection, ReportDocument } from './report-data'
import { choiceSentence } from './sentences'
import { percent } from './words'

export function choiceSection({ runs }: ReportDocument): Html | null {
  const chosen = runs.flatMap(({ name, choice }) => (choice ? [{ name, choice }] : []))
  if (chosen.length === 0) return null
  return html`<section aria-labelledby="choice">
    <h2 id="choice">What was tried</h2>
    ${chosen.map(
      ({ name, choice }) =>
        html`<p>${choiceSentence(name, choice)}</p>
          ${scrollBox(`Grid of ${name}`, gridTable(name, choice))}`,
    )}
  </section>`
}

/** Learning rates downwards, weight decays across. */
function gridTable(name: string, { candidates, chosen, judgedOn }: ChoiceSection): Html {
  const rates = [...new Set(candidates.map(({ learningRate }) => learningRate))]
  const decays = [...new Set(candidates.map(({ weightDecay }) => weightDecay))]
  const cell = (rate: number, decay: number): Html => {
    const index = candidates.findIndex((one) => one.learningRate === rate && one.weightDecay === decay)
    const one = candidates[index]
    if (!one || one.loss === null) return html`<td>diverged</td>`
    return html`<td>${index === chosen ? html`<b>${percent(one.top1)}</b>, chosen` : percent(one.top1)}</td>`
  }
  return html`<table>
    <caption>
      Top-1 of ${name} on the ${judgedOn.toLocaleString('en-US')} images that chose
    </caption>
    <thead>
      <tr>
        <th scope="col" class="left">Learning rate</th>
        ${decays.map((decay) => html`<th scope="col">weight decay ${decay}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rates.map(
        (rate) =>
          html`<tr>
            <th scope="row">${rate}</th>
            ${decays.map((decay) => cell(rate, decay))}
          </tr>`,
      )}
    </tbody>
  </table>`
}
