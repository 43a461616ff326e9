/** Numbers, and logits with labels, that the scripts in test/parity draw alike. */
import type { Predictions } from '../../../lib/metrics'

export interface DrawnCase {
  readonly seed: number
  readonly rows: number
  readonly classes: number
  /** Of the logits; what the label's own gets on top; the step that they are rounded to, 0 for none. */
  readonly scale: number
  readonly margin: number
  readonly step: number
  /** Every so manieth class has samples; 0: the first alone. */
  readonly present: number
}

// Under jest every look-up of a global is slow, and these are millions.
const { ceil, floor, imul } = Math

/** Numbers in [0, 1) from a seed: mulberry32 (drawn.py). */
export function drawnNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let value = imul(state ^ (state >>> 15), state | 1)
    value ^= value + imul(value ^ (value >>> 7), value | 61)
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32
  }
}

/** As metric_cases.py. */
export function drawnPredictions(one: DrawnCase): Predictions {
  const { seed, rows, classes, scale, margin, step, present } = one
  const draw = drawnNumbers(seed)
  const every = present === 0 ? classes : present
  const choices = ceil(classes / every)
  const logits = new Float32Array(rows * classes)
  const labels = new Int32Array(rows)
  for (let row = 0; row < rows; row++) {
    const label = every * floor(draw() * choices)
    labels[row] = label
    for (let c = 0; c < classes; c++) {
      const value = scale * (draw() + draw() + draw() - 1.5) + (c === label ? margin : 0)
      logits[row * classes + c] = step > 0 ? floor(value / step + 0.5) * step : value
    }
  }
  return { logits, labels }
}
