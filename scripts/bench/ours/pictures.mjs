/** Our side of the loader's rows. */
import native from '../../../dist/native/index.js'

export const sequence = (rows) => Int32Array.from({ length: rows }, (_, i) => i)

/** As in validation and prediction: shortest side to 256, centre crop of 224, Pillow's pixels. */
export const evaluation = {
  height: 224,
  width: 224,
  resize: 'shortest',
  cropFraction: 0.875,
  interpolation: 'bicubic',
  alpha: 'white',
  decoding: 'exact',
  scaleMin: 0.08,
  scaleMax: 1,
  ratioMin: 3 / 4,
  ratioMax: 4 / 3,
  retries: true,
  flip: 0,
  dropLast: false,
  seed: 0,
  maxPixels: 1e8,
  onBadImage: 'throw',
}

/** As in training: random resized crop, flip. */
export const training = { ...evaluation, resize: 'crop', decoding: 'fast', flip: 0.5 }

/** Of MAE's fine-tuning, but for mixup and cutmix, which are done to batches: with RandAugment and random erasing. */
export const recipe = {
  ...training,
  augmentation: {
    randAugment: {
      layers: 2,
      probability: 0.5,
      magnitude: 9,
      magnitudeStd: 0.5,
      uniform: false,
      magnitudeMax: 10,
      increasing: true,
    },
    brightness: 0,
    contrast: 0,
    saturation: 0,
    hue: 0,
    erasing: 0.25,
    erasingMode: 'pixel',
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  },
}

/** A sample table of files, or of raw RGB pictures of `side` pixels; all of class 0. */
export function tableOf(files, side = 0) {
  const rows = files.length
  const isRaw = side > 0
  return {
    files,
    file: sequence(rows),
    offset: new Float64Array(rows),
    length: new Float64Array(rows).fill(isRaw ? 3 * side * side : 0),
    format: new Uint8Array(rows).fill(isRaw ? 1 : 0),
    width: new Int32Array(rows).fill(side),
    height: new Int32Array(rows).fill(side),
    channels: new Uint8Array(rows).fill(isRaw ? 3 : 0),
    label: new Int32Array(rows),
  }
}

/**
 * One loader over a table, whose epochs are timed from the start to the last uint8 batch in memory.
 */
export class Epochs {
  #loader
  #rows
  #epoch = 0

  constructor(table, options) {
    this.#loader = new native.Loader(table, { ...training, ...options })
    this.#rows = table.label.length
  }

  /** Seconds of an epoch, as the mean of `times`. */
  async seconds(times) {
    const begun = performance.now()
    for (let i = 0; i < times; i++) {
      this.#loader.start(sequence(this.#rows), this.#epoch++)
      while ((await this.#loader.read()).samples.length > 0);
    }
    return (performance.now() - begun) / 1000 / times
  }

  dispose() {
    this.#loader.dispose()
  }
}
