/** Our side of the model's rows: the native session over raw pixels, as the training loop and the predictor drive it. */
import inference from '../../../dist/inference/index.js'
import native from '../../../dist/native/index.js'
import { evaluation, tableOf, sequence } from './pictures.mjs'

const { Loader } = native
export const size = 224
export const classes = 1000

/** ViT-S/16@224. */
export const geometry = {
  embedDim: 384,
  depth: 12,
  heads: 6,
  mlpDim: 1536,
  patchSize: 16,
  imageHeight: size,
  imageWidth: size,
  layerNormEps: 1e-6,
}

/** A session with random weights, as every row has it. */
export async function createSession(geometry, { classes, headInit, threads }) {
  return inference.createModel({
    geometry,
    plan: [],
    classes,
    pooling: 'norm_then_mean',
    features: 'last',
    preprocessing: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
    device: 'cpu',
    threads,
    linearKernel: await native.fasterLinearKernel(threads),
    seed: 0,
    headInit,
  })
}

/** Seconds that the work takes, as the mean of `times`. */
export async function timed(times, work) {
  const begun = performance.now()
  for (let i = 0; i < times; i++) await work()
  return (performance.now() - begun) / 1000 / times
}

export class VitSmall {
  #session
  #threads

  constructor(session, threads) {
    this.#session = session
    this.#threads = threads
  }

  get session() {
    return this.#session
  }

  /** With random weights. */
  static async create(threads) {
    const session = await createSession(geometry, { classes, headInit: 0.01, threads })
    return new VitSmall(session, threads)
  }

  /** With the weights of a Hugging Face folder. */
  static async open(folder, threads) {
    const { session } = await inference.openClassifier(folder, { device: 'cpu', threads })
    return new VitSmall(session, threads)
  }

  /**
   * What `trains` says of the names; by default everything but the positions, which are no parameters in I-JEPA. The peer's
   * AdamW has the same settings.
   *
   * @param {'fp32' | 'bf16'} precision
   * @param {{ trains?: (name: string) => boolean, checkpointing?: boolean }} [how]
   */
  configure(precision, { trains = (name) => name !== 'pos_embed', checkpointing = false } = {}) {
    const names = this.#session
      .parameters()
      .map(({ name }) => name)
      .filter(trains)
    return this.#session.configureTraining({
      optimizer: 'adamw',
      beta1: 0.9,
      momentum: 0,
      beta2: 0.999,
      epsilon: 1e-8,
      groups: [{ names, learningRateScale: 1, weightDecay: 0.05 }],
      precision,
      loss: 'cross-entropy',
      labelSmoothing: 0,
      classWeights: [],
      mixup: 0,
      cutmix: 0,
      mixupSwitchProbability: 0,
      microBatch: 0,
      clipGradient: 0,
      dropPath: 0,
      average: 0,
      checkpointing,
    })
  }

  /** Seconds of an update, its loss read; `configure` first. */
  step(pictures, times) {
    return this.#over(pictures, times, async (loader) => {
      await this.#session.trainStep(loader, 1e-4)
      await this.#session.readMeans()
    })
  }

  /** Keeps the pictures' output of the first blocks, or of the whole encoder, in a file. `configure` first. */
  async keep(pictures, path, { blocks, pooled }) {
    const loader = new Loader(tableOf(pictures, size), {
      ...evaluation,
      cropFraction: 1,
      batchSize: pictures.length,
      threads: this.#threads,
    })
    loader.start(sequence(pictures.length), 0)
    await this.#session.createTokens(path, blocks, pooled)
    while ((await this.#session.appendTokens(loader)).length > 0);
    await this.#session.commitTokens()
    loader.dispose()
  }

  /** Seconds of an update on what was kept at `path`, its loss read. */
  async stepOnKept(path, times) {
    await this.#session.closeTokens()
    const samples = await this.#session.openTokens(path)
    return timed(times, async () => {
      await this.#session.trainStepOnTokens(Int32Array.from(samples.keys()), 1e-4)
      await this.#session.readMeans()
    })
  }

  /** Seconds of the pooled features of all pictures of the files, in bf16, decoding and cropping included. */
  features(files, batchSize, times) {
    const loader = new Loader(tableOf(files), { ...evaluation, batchSize, threads: this.#threads })
    return timed(times, async () => {
      loader.start(sequence(files.length), 0)
      const features = this.#session.createFeatures()
      while ((await this.#session.appendFeatures(loader, features, 'bf16')).length > 0);
      features.dispose()
    }).finally(() => loader.dispose())
  }

  /** Seconds of the logits of one batch. */
  predict(pictures, precision, times) {
    return this.#over(pictures, times, (loader) => this.#session.predict(loader, precision))
  }

  async logits(pictures, precision) {
    let logits
    await this.#over(pictures, 1, async (loader) => {
      logits = (await this.#session.predict(loader, precision)).logits
    })
    return logits
  }

  /** Normalisation is within our time. The loader has the next batch ready, as in training: here it only copies pixels. */
  async #over(pictures, times, work) {
    const batchSize = pictures.length
    const loader = new Loader(tableOf(pictures, size), {
      ...evaluation,
      cropFraction: 1, // they have the model's size
      batchSize,
      threads: this.#threads,
    })
    const order = sequence(batchSize * times).map((i) => i % batchSize)
    loader.start(order, 0)
    const seconds = await timed(times, () => work(loader))
    loader.dispose()
    return seconds
  }

  dispose() {
    return this.#session.dispose()
  }
}

/** Pictures of random pixels, [H, W, C] uint8, the same in every run. */
export function randomPictures(count) {
  let state = 12345
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24
  return Array.from({ length: count }, () => Uint8Array.from({ length: 3 * size * size }, next))
}

/** Updates of heads on features of pictures that are encoded in the same pass. */
export class FeaturePass {
  batch = 32
  session
  #loader

  static async create(threads) {
    const pass = new FeaturePass()
    const model = await VitSmall.create(threads)
    pass.session = model.session
    const table = tableOf(randomPictures(pass.batch), size)
    pass.#loader = new Loader(table, { ...evaluation, threads, batchSize: pass.batch })
    return pass
  }

  /** Seconds of an update, as the mean of `times`. */
  step(heads, count, times) {
    const rates = new Float64Array(count).fill(1e-3)
    const rows = sequence(this.batch)
    return timed(times, async () => {
      this.#loader.start(rows, 0)
      const features = this.session.createFeatures()
      await this.session.appendFeatures(this.#loader, features, 'bf16')
      await heads.step(features, rows, rates)
      features.dispose()
    })
  }

  dispose() {
    this.#loader.dispose()
    return this.session.dispose()
  }
}
