/** Pieces that several sections of the page share. */
import { csvText, type Table } from './csv'
import { html, Html, type HtmlValue } from './html'
import type { ScoreEntry } from './report-data'

/** Colours in the theme; more runs than these share them. */
const runColours = 4

export function colour(run: number): Html {
  return html`--colour:var(--run-${run % runColours})`
}

/** A bar of the range 0 to 1 with the interval and the value; the numbers stand beside it as text. */
export function rangeBar(entry: ScoreEntry, run: number): Html {
  const { value, low = value, high = value } = entry
  const place = html`--value:${value.toFixed(4)};--low:${low.toFixed(4)};--high:${high.toFixed(4)}`
  return html`<div class="range" style="${colour(run)};${place}" aria-hidden="true"></div>`
}

/** A table scrolls inside its own box, never the page; the box can be reached by keyboard. `tall`: also downwards. */
export function scrollBox(label: string, table: HtmlValue, tall = false): Html {
  const name = tall ? 'scroll tall' : 'scroll'
  return html`<div class="${name}" tabindex="0" role="region" aria-label="${label}">${table}</div>`
}

/** @param folder where the same file lies beside the page */
export function download(table: Table, folder = 'plots/'): Html {
  const data = `data:text/csv;charset=utf-8,${encodeURIComponent(csvText(table))}`
  return html`<p class="note download">
    <a download="${table.name}.csv" href="${data}">Data as CSV</a> (${folder}${table.name}.csv)
  </p>`
}

export function jpeg(base64: string, alt: string): Html {
  return html`<img src="data:image/jpeg;base64,${base64}" alt="${alt}" />`
}

export function picture(svg: string): Html {
  return new Html(svg)
}

export interface Key {
  readonly name: string
  readonly run: number
  /** Solid where absent. */
  readonly line?: 'dashed' | 'dotted'
}

export function keys(entries: readonly Key[]): Html {
  return html`<span class="keys"
    >${entries.map(
      ({ name, run, line = '' }) => html`<span class="key ${line}" style="${colour(run)}">${name}</span>`,
    )}</span
  >`
}
