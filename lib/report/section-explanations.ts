/** Why each run answered as it did, for some images: heat maps, and the training images that look most alike to it. */
import { heatFigure, jpegSource, mapLegend, neighborList } from './explained-picture'
import type { ExplanationEntry, ExplanationsSection } from './explanations'
import { html, type Html, type HtmlValue } from './html'
import type { ReportDocument } from './report-data'
import { className, percent } from './words'

export const hasExplanations = ({ runs }: ReportDocument): boolean =>
  runs.some(({ explanations }) => explanations !== undefined)

export function explanationsSection(document: ReportDocument): HtmlValue {
  if (!hasExplanations(document)) return null
  return html`<section aria-labelledby="explanations">
    <h2 id="explanations">Why it answered so</h2>
    <p class="note">
      A few mistakes and a few right answers, as the encoder sees the images. Gradient × activation shares out
      a class’s logit over the patches; attention rollout shows where the encoder looked, whatever the class.
      Look for answers that rest on the background, and for nearest training images of the wrong class: a
      label, or a look-alike.
    </p>
    ${mapLegend}
    ${document.runs.map(
      ({ name, explanations }) => explanations && runExplanations(document, name, explanations),
    )}
  </section>`
}

function runExplanations(
  document: ReportDocument,
  name: string,
  { answers, search }: ExplanationsSection,
): Html {
  const among =
    search && (search.searched < search.of ? `${search.searched} of ${search.of}` : `${search.of}`)
  return html`<h3>${name}</h3>
    <p class="note">
      ${
        search
          ? `Nearest by the cosine of pooled features, among ${among} training images.`
          : 'The training images of this run are not those of this report: none are shown.'
      }
    </p>
    <ul class="explained">
      ${answers.map((answer) => explainedItem(document, answer))}
    </ul>`
}

function explainedItem(document: ReportDocument, answer: ExplanationEntry): Html {
  const { file, picture, forPredicted, forLabel, attention, neighbors } = answer
  const [label, predicted] = [className(document, answer.label), className(document, answer.predicted)]
  const isRight = answer.label === answer.predicted
  return html`<li>
    <b>${predicted}</b>, ${percent(answer.probability, 0)}: ${isRight ? 'right' : `is ${label}`}
    <span class="file">${file}</span>
    <div class="beside">
      <div class="maps">
        <figure class="overlay">
          <div><img src="${jpegSource(picture)}" alt="Image of ${label}" /></div>
          <figcaption>The image</figcaption>
        </figure>
        ${heatFigure(picture, forPredicted, `for ${predicted}`, `For ${predicted}`)}
        ${forLabel && heatFigure(picture, forLabel, `for ${label}, the true class`, `For ${label}`)}
        ${heatFigure(picture, attention, 'by attention', 'Attention')}
      </div>
      ${
        neighbors.length > 0 &&
        html`<div>
          <p class="note">Nearest training images</p>
          ${neighborList(neighbors.map((neighbor) => ({ ...neighbor, label: className(document, neighbor.label) })))}
        </div>`
      }
    </div>
  </li>`
}
