/** The runs that check:kill9 kills: a small data set, a small encoder with random weights, and everything that has state. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const side = 32
const colours = { clay: [150, 90, 80], moss: [110, 130, 80], slate: [90, 110, 140] }

/** Numbers in [0, 1) from a seed (mulberry32). @param {number} seed */
export function randomNumbers(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let value = Math.imul(state ^ (state >>> 15), state | 1)
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61)
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * Noisy pictures of three colours in class folders below `folder`. A quarter of the validation pictures lie in a wrong class,
 * so that the validation loss falls and then rises: the best epoch is somewhere in the middle.
 *
 * @param {string} folder
 */
export function writePictures(folder) {
  const random = randomNumbers(1)
  const names = Object.keys(colours)
  for (const [split, perClass] of /** @type {const} */ ([
    ['train', 32],
    ['validation', 16],
  ])) {
    for (const [index, name] of names.entries()) {
      const path = join(folder, split, name)
      mkdirSync(path, { recursive: true })
      for (let i = 0; i < perClass; i++) {
        const isWrong = split === 'validation' && i % 4 === 0
        const colour = colours[/** @type {keyof typeof colours} */ (names[(index + Number(isWrong)) % 3])]
        writeFileSync(join(path, `${i}.ppm`), noisyPicture(colour, random))
      }
    }
  }
  return { train: join(folder, 'train'), validation: join(folder, 'validation') }
}

/** @param {readonly number[]} colour @param {() => number} random */
function noisyPicture(colour, random) {
  const pixels = Uint8Array.from(
    { length: 3 * side * side },
    (_, i) => colour[i % 3] + 160 * (random() - 0.5),
  )
  return Buffer.concat([Buffer.from(`P6\n${side} ${side}\n255\n`), pixels])
}

export const encoder = {
  architecture: { embedDim: 32, depth: 2, heads: 2 },
  patchSize: 8,
  imageSize: side,
  seed: 3,
}

/**
 * @param {'finetune' | 'finetune-fp16' | 'finetune-views' | 'linear-probe' | 'linear-probe-batchnorm' | 'logistic'} kind
 * @param {number} epochs at most; fine-tuning ends at about half of them, by its patience
 */
export function recipeOf(kind, epochs) {
  const common = {
    batchSize: 6,
    gradientAccumulation: 2,
    saveEvery: 1,
    name: kind,
    weightDecay: 0.01,
    weightDecayEnd: 0.1,
  }
  if (kind === 'logistic') return { name: kind, c: [0.01, 1, 100], standardize: true, features: 'last' }
  if (kind === 'linear-probe') return { ...common, epochs, learningRate: 1e-3 }
  if (kind === 'linear-probe-batchnorm') {
    return { ...common, weightDecayEnd: undefined, epochs, learningRate: 1e-3, head: 'batchnorm-linear' }
  }
  return {
    ...common,
    epochs,
    learningRate: 0.04 / epochs,
    schedule: 'constant',
    warmupEpochs: 2,
    dropPath: 0.2,
    labelSmoothing: 0.1,
    // With fixed views the output of frozen blocks is kept on the disk, which mixed pictures would not allow.
    ...(kind === 'finetune-views' ? { views: 2 } : { mixup: 0.8, cutmix: 1 }),
    ema: 0.9,
    ...(kind === 'finetune-fp16' ? { precision: 'fp16', optimizer: 'sgd' } : {}),
    clipGradient: 1,
    augmentation: { crop: { scale: [0.5, 1] }, flip: 0.5 },
    freeze: [
      { from: 0, train: ['head'] },
      { from: Math.max(1, Math.round(epochs / 10)), train: ['head', 'blocks.-1..'] },
      { from: Math.max(2, Math.round(epochs / 5)), train: ['all'], learningRateScale: 0.5 },
    ],
    earlyStopping: { patience: Math.max(3, Math.round(epochs / 5)), metric: 'loss' },
  }
}
