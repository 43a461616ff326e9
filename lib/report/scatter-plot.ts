/** A map of points as SVG: each class its colour and its shape, as far as eight can be told apart. */
import { html, type Html } from './html'

export interface ScatterGroup {
  readonly name: string
  /** [x, y], from 0 to 1. */
  readonly points: readonly (readonly [number, number])[]
}

/** Okabe and Ito's colours (2008) but for yellow, which is lost on white, and black. */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00'] as const
const shapes = ['circle', 'square', 'triangle'] as const
const [side, margin, radius] = [460, 8, 3.2] as const

export const mostGroups = colours.length + 2

/** The first groups in colours of their own, the rest in grey beneath them. */
export function scatterPlot(groups: readonly ScatterGroup[]): Html {
  const drawn = groups.map(({ points }, index) => {
    const { colour, shape } = markOf(index)
    const marks = points.map(([x, y]) => mark(shape, scale(x), side - scale(y))).join('')
    return html`<path d="${marks}" fill="${colour}" fill-opacity="0.75" />`
  })
  return html`<svg viewBox="0 0 ${side} ${side}" aria-hidden="true" focusable="false">
    ${[...drawn].reverse()}
  </svg>`
}

/** The keys of the first groups, then one for all others. */
export function scatterKeys(groups: readonly ScatterGroup[]): Html {
  const named = groups.slice(0, mostGroups)
  const others = groups.length - named.length
  return html`<span class="keys"
    >${named.map(({ name }, index) => key(name, markOf(index)))}${
      others > 0 && key(`${others} other classes`, markOf(mostGroups))
    }</span
  >`
}

type Shape = (typeof shapes)[number]
interface Mark {
  readonly colour: string
  readonly shape: Shape
}

function markOf(index: number): Mark {
  if (index >= mostGroups) return { colour: 'var(--line)', shape: 'circle' }
  const shape = shapes[index < colours.length ? index % shapes.length : (index + 1) % shapes.length]!
  return { colour: colours[index % colours.length]!, shape }
}

function key(name: string, { colour, shape }: Mark): Html {
  return html`<span class="mark"
    ><svg viewBox="0 0 12 12" aria-hidden="true"><path d="${mark(shape, 6, 6, 4.5)}" fill="${colour}" /></svg
    >${name}</span
  >`
}

const scale = (part: number): number => margin + part * (side - 2 * margin)

/** A closed path around the point. */
function mark(shape: Shape, x: number, y: number, r: number = radius): string {
  const at = (dx: number, dy: number) => `${(x + dx).toFixed(1)} ${(y + dy).toFixed(1)}`
  if (shape === 'square') return `M${at(-r, -r)}h${2 * r}v${2 * r}h${-2 * r}z`
  if (shape === 'triangle') return `M${at(0, -1.2 * r)}l${1.2 * r} ${2.1 * r}h${-2.4 * r}z`
  return `M${at(-r, 0)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`
}
