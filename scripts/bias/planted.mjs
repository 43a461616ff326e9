/**
 * Four patterns on a disc, light on dark grey noise, a PPM file each: DIRECTORY/{train,test}/PATTERN/N.ppm. Planted: in training each
 * pattern has a colour of its own, in the test pictures any. Control: any colour everywhere.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const side = 32
/** Of lines and squares, in pixels. */
const width = 3
const stripe = (x) => Math.floor(x / width) % 2 === 0
/** Whether a pixel of the disc is light. */
const patterns = {
  checkered: (x, y) => stripe(x) === stripe(y),
  level: (x, y) => stripe(y),
  plain: () => true,
  upright: (x) => stripe(x),
}
const names = Object.keys(patterns)

/** @param {{ planted: boolean, seed: number, train: number, test: number }} options pictures of each pattern */
export function makePictures(directory, { planted, seed, train, test }) {
  const draw = uniform(seed)
  for (const [split, count] of Object.entries({ train, test })) {
    for (const [index, name] of names.entries()) {
      mkdirSync(join(directory, split, name), { recursive: true })
      for (let i = 0; i < count; i++) {
        const any = Math.floor(names.length * draw())
        const hue = planted && split === 'train' ? index : any
        writeFileSync(join(directory, split, name, `${i}.ppm`), picture(name, hue, draw))
      }
    }
  }
}

/** One of as many colours as patterns, far from one another, each a little different every time. */
function colourOf(hue, draw) {
  const turn = 2 * Math.PI * (hue / names.length + 0.06 * (draw() - 0.5))
  return [0, 1, 2].map((channel) => 155 + 90 * Math.cos(turn - (2 * Math.PI * channel) / 3))
}

function picture(name, hue, draw) {
  const colour = colourOf(hue, draw)
  const radius = 10 + 4 * draw()
  const [left, top] = [0, 1].map(() => side / 2 + 4 * (draw() - 0.5))
  const [shiftX, shiftY] = [0, 1].map(() => Math.floor(2 * width * draw()))
  const background = 20 + 40 * draw()
  const pixels = Buffer.alloc(3 * side * side)
  for (let at = 0; at < side * side; at++) {
    const [x, y] = [at % side, Math.floor(at / side)]
    const isInside = Math.hypot(x + 0.5 - left, y + 0.5 - top) < radius
    const isLight = isInside && patterns[name](x + shiftX, y + shiftY)
    for (let channel = 0; channel < 3; channel++) {
      const level = (isLight ? colour[channel] : background) + 30 * (draw() - 0.5)
      pixels[3 * at + channel] = Math.max(0, Math.min(255, Math.round(level)))
    }
  }
  return Buffer.concat([Buffer.from(`P6\n${side} ${side}\n255\n`), pixels])
}

/** In [0, 1), by mulberry32 (T. Ettinger, 2017). */
function uniform(seed) {
  let state = Math.imul(seed + 1, 0x9e3779b1)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
