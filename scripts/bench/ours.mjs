/** Our side of `npm run bench`: the native session and loader, as the training loop drives them. */
import native from '../../dist/native/index.js'

const { Loader, Session } = native
const size = 224

const geometry = {
  embedDim: 384,
  depth: 12,
  heads: 6,
  mlpDim: 1536,
  patchSize: 16,
  imageHeight: size,
  imageWidth: size,
  layerNormEps: 1e-6,
}

const options = {
  height: size,
  width: size,
  resize: 'shortest',
  cropFraction: 1,
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

/** A table of files, all of class 0. */
function tableOf(files, format = 0, side = 0) {
  const rows = files.length
  return {
    files,
    file: Int32Array.from({ length: rows }, (_, i) => i),
    offset: new Float64Array(rows),
    length: Float64Array.from(files, (file) => (typeof file === 'string' ? 0 : file.length)),
    format: new Uint8Array(rows).fill(format),
    width: new Int32Array(rows).fill(side),
    height: new Int32Array(rows).fill(side),
    channels: new Uint8Array(rows).fill(format === 0 ? 0 : 3),
    label: new Int32Array(rows),
  }
}

const orderOf = (rows) => Int32Array.from({ length: rows }, (_, i) => i)

async function timed(work) {
  const begun = performance.now()
  await work()
  return (performance.now() - begun) / 1000
}

export class Ours {
  #session
  #threads

  static async start(threads) {
    const ours = new Ours()
    ours.#threads = threads
    ours.#session = await Session.create({
      ...geometry,
      classes: 1000,
      pooling: 'norm_then_mean',
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
      device: 'cpu',
      threads,
      seed: 0,
      headInit: 0.01,
    })
    return ours
  }

  async configure(precision) {
    const names = this.#session
      .parameters()
      .map(({ name }) => name)
      .filter((name) => name !== 'pos_embed')
    await this.#session.configureTraining({
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      groups: [{ names, learningRateScale: 1, weightDecay: 0.05 }],
      precision,
      labelSmoothing: 0,
      clipGradient: 0,
      dropPath: 0,
    })
  }

  /** One update on raw pixels; `configure` first. */
  async step(_precision, batchSize) {
    const loader = this.#pixels(batchSize)
    const seconds = await timed(async () => {
      await this.#session.trainStep(loader, 1e-4)
      await this.#session.readMeans()
    })
    loader.dispose()
    return seconds
  }

  async predict(precision, batchSize) {
    const loader = this.#pixels(batchSize)
    const seconds = await timed(() => this.#session.predict(loader, precision))
    loader.dispose()
    return seconds
  }

  /** One epoch of random resized crops and flips of the files. */
  async load(files, batchSize) {
    const loader = new Loader(tableOf(files), {
      ...options,
      resize: 'crop',
      decoding: 'fast',
      flip: 0.5,
      batchSize,
      threads: this.#threads,
    })
    const seconds = await timed(async () => {
      loader.start(orderOf(files.length), 0)
      while ((await loader.read()).samples.length > 0);
    })
    loader.dispose()
    return seconds
  }

  dispose() {
    return this.#session.dispose()
  }

  #pixels(batchSize) {
    const files = Array.from({ length: batchSize }, (_, i) => new Uint8Array(3 * size * size).fill(16 * i))
    const loader = new Loader(tableOf(files, 1, size), { ...options, batchSize, threads: this.#threads })
    loader.start(orderOf(batchSize), 0)
    return loader
  }
}
