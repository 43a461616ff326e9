/** Pictures with heat maps over them, and their nearest neighbours: pieces of the explanations' page and section. */
import { heatMapPng, mapInWords, type HeatMap } from './heat-map'
import { html, type Html } from './html'

export interface NeighborPicture {
  readonly file: string
  /** Class, in words. */
  readonly label: string
  /** Cosine. */
  readonly similarity: number
  /** JPEG, base64; null where pictures are left out. */
  readonly thumbnail: string | null
}

export const jpegSource = (base64: string): string => `data:image/jpeg;base64,${base64}`

/** The map over the picture without its colours, which the map's own would be lost in. `meaning` ends 'Importance …'. */
export function heatFigure(jpeg: string, map: HeatMap, meaning: string, caption: Html | string): Html {
  return html`<figure class="overlay">
    <div>
      <img class="under" src="${jpegSource(jpeg)}" alt="" />
      <img
        class="over"
        src="data:image/png;base64,${heatMapPng(map)}"
        alt="Importance ${meaning}: ${mapInWords(map)}"
      />
    </div>
    <figcaption>${caption}</figcaption>
  </figure>`
}

export function neighborList(neighbors: readonly NeighborPicture[]): Html {
  return html`<ul class="pictures neighbors">
    ${neighbors.map(
      ({ file, label, similarity, thumbnail }) =>
        html`<li>
          ${thumbnail && html`<img src="${jpegSource(thumbnail)}" alt="Training image of ${label}" />`}
          <b>${label}</b><br />
          similarity ${similarity.toFixed(2)} <span class="file">${file}</span>
        </li>`,
    )}
  </ul>`
}

/** What the colours mean. */
export const mapLegend = html`<span class="keys"
  ><span class="key" style="--colour:#d55e00">speaks for the class</span
  ><span class="key" style="--colour:#0072b2">speaks against it</span></span
>`
