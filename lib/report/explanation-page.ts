/** The page of `npm run predict -- RUN PICTURE --explain`: one file that asks for nothing and runs no script. */
import { heatFigure, jpegSource, mapLegend, neighborList, type NeighborPicture } from './explained-picture'
import type { HeatMap } from './heat-map'
import { html, type Html } from './html'
import { pageText } from './page'
import { scrollBox } from './page-parts'
import { percent } from './words'

export interface ExplainedClass {
  readonly label: string
  readonly probability: number
  /** Gradient × activation for this class; the first predictions have one. */
  readonly map?: HeatMap
}

export interface ExplainedEntry {
  readonly file: string
  /** JPEG, base64: as the model sees it. */
  readonly picture: string
  /** Best first. */
  readonly predictions: readonly ExplainedClass[]
  readonly attention: HeatMap
  readonly neighbors: readonly NeighborPicture[]
}

export interface ExplanationPageInput {
  readonly model: string
  readonly entries: readonly ExplainedEntry[]
  /** Among which training images neighbours were looked for, or why none are shown: a sentence. */
  readonly neighborsNote: string
  /** Each class is for itself: probabilities do not sum to 1. */
  readonly multiLabel: boolean
  readonly library: { readonly name: string; readonly version: string }
}

export function explanationPage(input: ExplanationPageInput): string {
  const { model, entries, library } = input
  const [first, other] = entries
  const title =
    first !== undefined && other === undefined
      ? `Why ${first.predictions[0]?.label ?? 'this'}? ${first.file}`
      : `Explanations of ${entries.length} images`
  return pageText({
    title,
    kind: 'explanations',
    body: html`<header>
        <p class="eyebrow">Explanation · ${model}</p>
        <h1>${title}</h1>
        <p class="lead">
          What the classifier’s answer rests on, by patches of the image as it is resized and cropped for the
          encoder. The maps tell about this classifier: they show where it found its reasons, not whether
          these are good ones.
        </p>
      </header>
      <main>${entries.map((entry, index) => entrySection(entry, index, input))} ${reading()}</main>
      <footer>Made by ${library.name} ${library.version}.</footer>`,
  })
}

function entrySection(entry: ExplainedEntry, index: number, input: ExplanationPageInput): Html {
  const { file, picture, predictions, attention, neighbors } = entry
  const best = predictions[0]
  const id = `image-${index + 1}`
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${file}</h2>
    <p class="verdict">${best && `${best.label}, ${percent(best.probability, 1)}`}</p>
    <div class="maps">
      <figure class="overlay">
        <div><img src="${jpegSource(picture)}" alt="${file} as the model sees it" /></div>
        <figcaption>As the model sees it</figcaption>
      </figure>
      ${predictions.map(
        ({ label, map }) =>
          map && heatFigure(picture, map, `for ${label}`, html`Gradient × activation for <b>${label}</b>`),
      )}
      ${heatFigure(picture, attention, 'by attention', 'Attention rollout: where the encoder looked')}
    </div>
    ${mapLegend} ${predictionTable(predictions, input.multiLabel)}
    <h3>Nearest training images</h3>
    <p class="note">${input.neighborsNote}</p>
    ${neighbors.length > 0 && neighborList(neighbors)}
  </section>`
}

function predictionTable(predictions: readonly ExplainedClass[], multiLabel: boolean): Html {
  return scrollBox(
    'Predictions',
    html`<table>
      <caption>
        <span
          >Predictions, best first.
          ${multiLabel ? 'Every class is for itself: an image may have several.' : ''}</span
        >
      </caption>
      <thead>
        <tr>
          <th scope="col" class="left">Class</th>
          <th scope="col">Probability</th>
        </tr>
      </thead>
      <tbody>
        ${predictions.map(
          ({ label, probability }) =>
            html`<tr>
              <th scope="row">${label}</th>
              <td>${percent(probability, 1)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`,
  )
}

function reading(): Html {
  return html`<section aria-labelledby="reading">
    <h2 id="reading">How to read this</h2>
    <p>
      <b>Gradient × activation</b> shares out a class’s logit over the patches: orange patches raise it, blue
      ones lower it, and the strongest patch of each map has the full colour. <b>Attention rollout</b> (Abnar
      and Zuidema 2020) follows the encoder’s attention from the patches to the mean that is classified; it is
      the same for every class, and it does not know what the values that were attended to say.
    </p>
    <p>
      Attention mixes the patches in every block: a patch’s last token also knows of its surroundings, so a
      strong patch beside an object may well be about the object. Compare the maps of two classes before you
      believe one.
    </p>
  </section>`
}
