/** Importance by patch as a picture to lay over another, and in words. */
import { deflateSync } from 'node:zlib'
import { pngChunk, pngHeader, pngSignature } from './png-chunks'

/** Values of patches, row by row: those below 0 speak against a class. */
export interface HeatMap {
  readonly height: number
  readonly width: number
  /** [height · width], from -1 to 1, to three decimals. */
  readonly values: readonly number[]
}

interface Weights {
  readonly height: number
  readonly width: number
  readonly weights: Float32Array
}

/** Of a gradient's weights: the strongest, for or against, becomes 1 or -1. */
export function signedMap({ height, width, weights }: Weights): HeatMap {
  const most = weights.reduce((a, b) => Math.max(a, Math.abs(b)), 0)
  return { height, width, values: Array.from(weights, (weight) => rounded(weight / most)) }
}

/** Of attention, which is nowhere below 0: the least becomes 0, the most 1. */
export function attentionMap({ height, width, weights }: Weights): HeatMap {
  const least = weights.reduce((a, b) => Math.min(a, b), Infinity)
  const most = weights.reduce((a, b) => Math.max(a, b), -Infinity)
  return { height, width, values: Array.from(weights, (w) => rounded((w - least) / (most - least))) }
}

/** Weights that are all the same, or not finite, show nothing. */
function rounded(share: number): number {
  return Number.isFinite(share) ? Math.round(1000 * share) / 1000 : 0
}

/** Okabe and Ito's vermilion and blue (2008), which colour-blind people tell apart. */
const [forColour, againstColour] = [
  [0xd5, 0x5e, 0x00],
  [0x00, 0x72, 0xb2],
] as const
const mostOpaque = 0.85

/** A pixel a patch: the colour of its sign, the more opaque the stronger. PNG, base64. */
export function heatMapPng({ height, width, values }: HeatMap): string {
  const rows = Buffer.alloc(height * (1 + 4 * width)) // each row is begun by its filter, 0
  values.forEach((value, i) => {
    const at = Math.floor(i / width) * (1 + 4 * width) + 1 + 4 * (i % width)
    rows.set(value < 0 ? againstColour : forColour, at)
    rows[at + 3] = Math.round(255 * mostOpaque * Math.min(1, Math.abs(value)))
  })
  const data = pngChunk('IDAT', deflateSync(rows))
  const header = pngHeader(width, height, 'rgba')
  return Buffer.concat([pngSignature, header, data, pngChunk('IEND', Buffer.alloc(0))]).toString('base64')
}

/** `half of it in 9 % of the patches, around the upper left`, of what is above 0. */
export function mapInWords({ height, width, values }: HeatMap): string {
  const positive = values.map((value) => Math.max(0, value))
  const sum = positive.reduce((a, b) => a + b, 0)
  if (sum === 0) return 'nothing stands out'
  const share = (coordinate: (i: number) => number): number =>
    positive.reduce((total, value, i) => total + value * coordinate(i), 0) / sum
  const down = share((i) => (Math.floor(i / width) + 0.5) / height)
  const across = share((i) => ((i % width) + 0.5) / width)
  const patches = Math.max(1, Math.round((100 * halfOf(positive, sum)) / values.length))
  return `half of it in ${patches} % of the patches, around the ${place(down, across)}`
}

/** The fewest values that hold half of the sum. */
function halfOf(values: readonly number[], sum: number): number {
  let left = sum / 2
  return [...values].sort((a, b) => b - a).filter((value) => left > 0 && ((left -= value), true)).length
}

function place(down: number, across: number): string {
  const vertical = down < 0.42 ? 'upper' : down > 0.58 ? 'lower' : ''
  const horizontal = across < 0.42 ? 'left' : across > 0.58 ? 'right' : ''
  if (vertical === '' && horizontal === '') return 'centre'
  return [vertical || 'middle', horizontal || 'middle']
    .filter((word, i, all) => all.indexOf(word) === i)
    .join(' ')
}
