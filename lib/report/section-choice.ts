/** How a probe's head and its hyper-parameters were chosen: the whole grid. */
import { candidateKind, candidateKinds, choiceSentence } from './choice-words'
import { html, type Html } from './html'
import { scrollBox } from './page-parts'
import type { ChoiceSection, ReportDocument } from './report-data'
import { percent } from './words'

type Candidate = ChoiceSection['candidates'][number]

export function choiceSection({ runs }: ReportDocument): Html | null {
  const chosen = runs.flatMap(({ name, choice }) => (choice ? [{ name, choice }] : []))
  if (chosen.length === 0) return null
  return html`<section aria-labelledby="choice">
    <h2 id="choice">What was tried</h2>
    ${chosen.map(
      ({ name, choice }) =>
        html`<p>${choiceSentence(name, choice)}</p>
          ${tablesOf(name, choice)}`,
    )}
  </section>`
}

/** Of heads that are trained a table for each kind; else one, with the kinds across. */
function tablesOf(name: string, choice: ChoiceSection): Html[] {
  const { candidates } = choice
  const kinds = candidateKinds(candidates)
  const [first] = candidates
  for (const setting of ['c', 'k'] as const) {
    if (first?.[setting] === undefined) continue
    const rows = { name: setting === 'c' ? 'C' : 'Neighbours', of: (one: Candidate) => one[setting] ?? 0 }
    return [grid(name, choice, rows, { name: (kind) => kind, of: candidateKind })]
  }
  const rows = { name: 'Learning rate', of: ({ learningRate = 0 }: Candidate) => learningRate }
  const columns = {
    name: (decay: string) => `weight decay ${decay}`,
    of: ({ weightDecay = 0 }: Candidate) => String(weightDecay),
  }
  return kinds.map((kind) => {
    const title = kinds.length === 1 ? name : `${name}, ${kind}`
    return grid(title, choice, rows, columns, (one) => candidateKind(one) === kind)
  })
}

/** One setting downwards, the other across. */
function grid(
  title: string,
  { candidates, chosen, judgedOn }: ChoiceSection,
  rows: { name: string; of: (one: Candidate) => number },
  columns: { name: (value: string) => string; of: (one: Candidate) => string },
  isShown: (one: Candidate) => boolean = () => true,
): Html {
  const shown = candidates.filter(isShown)
  const downwards = [...new Set(shown.map(rows.of))]
  const across = [...new Set(shown.map(columns.of))]
  const cell = (row: number, column: string): Html => {
    const one = shown.find((candidate) => rows.of(candidate) === row && columns.of(candidate) === column)
    if (!one || one.loss === null) return html`<td>diverged</td>`
    const isChosen = one === candidates[chosen]
    return html`<td>${isChosen ? html`<b>${percent(one.top1)}</b>, chosen` : percent(one.top1)}</td>`
  }
  const table = html`<table>
    <caption>
      Top-1 of ${title} on the ${judgedOn.toLocaleString('en-US')} images that chose
    </caption>
    <thead>
      <tr>
        <th scope="col" class="left">${rows.name}</th>
        ${across.map((column) => html`<th scope="col">${columns.name(column)}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${downwards.map(
        (row) =>
          html`<tr>
            <th scope="row">${Number(row.toPrecision(4))}</th>
            ${across.map((column) => cell(row, column))}
          </tr>`,
      )}
    </tbody>
  </table>`
  return scrollBox(`Grid of ${title}`, table)
}
