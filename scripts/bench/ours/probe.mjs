/** Our side of the probe's rows: heads, neighbours and logistic regression on features of a session. */
import native from '../../../dist/native/index.js'
import { evaluation, sequence, tableOf } from './pictures.mjs'
import { createSession, timed } from './vit-small.mjs'

const { Loader } = native
export const classes = 10
export const columns = 384
const side = 16

/** A shallow encoder: what is measured begins at its features. */
const geometry = {
  embedDim: columns,
  depth: 1,
  heads: 6,
  mlpDim: 4 * columns,
  patchSize: 8,
  imageHeight: side,
  imageWidth: side,
  layerNormEps: 1e-6,
}

/** Noise around one picture a class, so that there is something to learn. */
function picturesOf(rows) {
  const noise = Uint8Array.from({ length: 3 * side * side + 4096 }, () => Math.random() * 128)
  const centres = Array.from({ length: classes }, () =>
    Uint8Array.from({ length: 3 * side * side }, () => Math.random() * 128),
  )
  return Array.from({ length: rows }, (_, i) => {
    const shift = Math.floor(Math.random() * 4096)
    return centres[i % classes].map((value, j) => value + noise[shift + j])
  })
}

export class Probe {
  #threads
  session

  static async create(threads) {
    const probe = new Probe()
    probe.#threads = threads
    probe.session = await createSession(geometry, { classes, headInit: 0, threads })
    return probe
  }

  async features(rows) {
    const table = { ...tableOf(picturesOf(rows), side), label: sequence(rows).map((row) => row % classes) }
    const options = { ...evaluation, height: side, width: side, resize: 'squash', cropFraction: 1 }
    const loader = new Loader(table, { ...options, threads: this.#threads, batchSize: 512 })
    const features = this.session.createFeatures()
    loader.start(sequence(rows), 0)
    while ((await this.session.appendFeatures(loader, features, 'fp32')).length > 0);
    loader.dispose()
    return features
  }

  /** Heads of one group, AdamW. */
  heads(count) {
    return createHeads(this.session, count)
  }

  /** Seconds of one update of all heads on random rows. */
  async step(heads, count, features, batch, times) {
    const rates = new Float64Array(count).fill(1e-3)
    const rows = Int32Array.from({ length: batch }, () => Math.random() * features.rows)
    return timed(times, () => heads.step(features, rows, rates))
  }

  neighbors(train, queries, times) {
    const all = (features) => ({ features, rows: sequence(features.rows) })
    const config = { classes, columns, neighbors: Int32Array.of(10, 20, 100, 200), temperature: 0.07 }
    return timed(times, () => this.session.neighborVotes(all(train), all(queries), config))
  }

  /** Seconds, and the fit. */
  async logistic(heads, features, inverseStrengths, tolerance) {
    let fit
    const seconds = await timed(1, async () => {
      fit = await heads.fitLogistic(features, sequence(features.rows), {
        inverseStrengths: Float64Array.from(inverseStrengths),
        intercept: true,
        tolerance,
        maxIterations: 1000,
      })
    })
    return { seconds, fit }
  }

  dispose() {
    return this.session.dispose()
  }
}

export function createHeads(session, count) {
  return session.createHeads({
    classes,
    groups: [{ columns, batchNorm: 'none', weightDecays: new Float64Array(count) }],
    optimizer: 'adamw',
    beta1: 0.9,
    beta2: 0.95,
    epsilon: 1e-8,
    momentum: 0,
    nesterov: false,
    decayBiases: false,
    init: 0.02,
    seed: 0,
  })
}
