/** A trained classifier: predictions and features of pictures, and saving. */
import { existsSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import type {
  Device,
  Explanation,
  ExplanationMethod,
  ExplainOptions,
  ImageInput,
  ImageSize,
  Precision,
  Prediction,
  PredictOptions,
  Preprocessing,
} from './api'
import { unlabelled } from './dataset'
import { IjepaError } from './errors'
import {
  explainPictures,
  inOrder,
  labelIndex,
  modelFolder,
  openClassifier,
  Predictor,
  verifySelfCheck,
  writeModelFolder,
  type ModelDescription,
} from './inference'
import { probabilitiesOf, topK } from './metrics'
import { grantedProcessors, resolveDevice, type Session } from './native'

const defaultBatchSize = 32

export interface LoadOptions {
  device?: Device
  precision?: Precision
  threads?: number
  preprocessing?: Preprocessing
  verify?: boolean
  signal?: AbortSignal
}

export class Classifier {
  readonly classes: readonly string[]
  readonly imageSize: ImageSize
  readonly preprocessing: Preprocessing
  private readonly predictor: Predictor
  private readonly loading: Parameters<typeof explainPictures>[1]

  /**
   * @param path a run folder (its best checkpoint), a checkpoint's folder, or a Hugging Face folder
   * @throws ERR_FILE, ERR_CHECKPOINT_FORMAT, ERR_CHECKPOINT_MISMATCH (an encoder without a head), ERR_DEVICE
   */
  static async load(path: string, options: LoadOptions = {}): Promise<Classifier> {
    const {
      device = 'auto',
      precision = 'fp32',
      threads = grantedProcessors(),
      preprocessing,
      signal,
    } = options
    const found = { device: resolveDevice(device), threads, ...(signal ? { signal } : {}) }
    const { session, model } = await openClassifier(path, {
      ...found,
      ...(preprocessing ? { preprocessing } : {}),
    })
    try {
      if (options.verify) await verifySelfCheck(session, model, modelFolder(path), signal)
    } catch (error) {
      await session.dispose()
      throw error
    }
    return new Classifier(session, model, modelFolder(path), precision, threads)
  }

  private constructor(
    private readonly session: Session,
    private readonly model: ModelDescription,
    private readonly folder: string,
    precision: Precision,
    threads: number,
  ) {
    this.classes = model.classes
    this.imageSize = model.imageSize
    this.preprocessing = model.preprocessing
    const { geometry, preprocessing } = model
    this.loading = { geometry, preprocessing, threads, alpha: 'white' }
    this.predictor = new Predictor(session, { ...this.loading, classes: model.classes.length, precision })
  }

  /** Best first. May be called concurrently: calls queue in order and are merged into batches. */
  predict(image: ImageInput, options?: PredictOptions): Promise<Prediction[]>
  predict(images: readonly ImageInput[], options?: PredictOptions): Promise<Prediction[][]>
  async predict(
    input: ImageInput | readonly ImageInput[],
    options: PredictOptions = {},
  ): Promise<Prediction[] | Prediction[][]> {
    const one = !Array.isArray(input)
    const images = (one ? [input] : input) as readonly ImageInput[]
    const { topK: count, batchSize, temperature, signal } = this.checked(options)
    const rows = await this.predictor.request('logits', images, { batchSize, ...(signal ? { signal } : {}) })
    const predictions = rows.map((logits) => this.best(logits, count, temperature))
    return one ? (predictions[0] ?? []) : predictions
  }

  /**
   * Any number of images, in order and in bounded memory: two batches are read ahead, and no more than the consumer
   * takes. A picture that fails throws after the predictions before it; leaving the loop closes `images`.
   */
  async *predictStream(
    images: AsyncIterable<ImageInput> | Iterable<ImageInput>,
    options: PredictOptions = {},
  ): AsyncIterable<Prediction[]> {
    const { batchSize, signal } = this.checked(options)
    requireIterable(images)
    this.predictor.requireOpen()
    yield* inOrder(images, {
      ahead: 2 * batchSize,
      ...(signal ? { signal } : {}),
      work: (image, stop) => this.predict(image, { ...options, signal: stop }),
    })
  }

  /**
   * Which patches of a picture the answer rests on, in float32; queues beside predict.
   * @throws ERR_UNSUPPORTED: neighbours vote in it; ERR_ARGUMENT: a class that this classifier does not have; ERR_IMAGE_DECODE, ERR_IMAGE_REFUSED, ERR_FILE, ERR_DISPOSED
   */
  async explain(image: ImageInput, options: ExplainOptions = {}): Promise<Explanation> {
    const { label, method = 'gradient', signal } = options
    requireMethod(method)
    if (this.model.neighbors) {
      const message =
        'A classifier by neighbours cannot explain itself: its answers are votes of training pictures'
      throw new IjepaError('ERR_UNSUPPORTED', message)
    }
    const table = unlabelled([image])
    table.label.fill(labelIndex(label, this.classes))
    const work = () =>
      explainPictures(this.session, this.loading, table, { method, ...(signal ? { signal } : {}) })
    const [explained] = await this.predictor.use(work, signal)
    const { height, width, weights } = explained!
    return { height, width, weights }
  }

  /** Pooled features, one Float32Array of embedDim an image. */
  embed(images: readonly ImageInput[], options: { signal?: AbortSignal } = {}): Promise<Float32Array[]> {
    return this.predictor.request('features', images, { batchSize: defaultBatchSize, ...options })
  }

  /**
   * Writes a Hugging Face folder that Python's IJepaForImageClassification opens with equal logits, wherever it has the head: not
   * attention pooling, several blocks or neighbours, whose folder this library alone opens.
   */
  async save(directory: string): Promise<void> {
    await this.predictor.use(() => writeModelFolder(this.session, directory, this.model))
    const card = join(this.folder, 'README.md')
    if (existsSync(card)) await copyFile(card, join(directory, 'README.md'))
  }

  /** Refuses new calls, answers those already made (their signals cut them short), then frees the model. */
  dispose(): Promise<void> {
    return this.predictor.dispose()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  private checked({ topK: count, batchSize = defaultBatchSize, calibrated, signal }: PredictOptions) {
    const classes = this.classes.length
    const { temperature } = this.model
    if (calibrated && temperature === undefined) throw noTemperature(this.folder)
    if (count !== undefined && !(Number.isInteger(count) && count >= 1)) {
      throw new IjepaError('ERR_ARGUMENT', `Expected a whole number above 0 for topK, got ${String(count)}`)
    }
    if (!(Number.isInteger(batchSize) && batchSize >= 1)) {
      throw new IjepaError(
        'ERR_ARGUMENT',
        `Expected a whole number above 0 for batchSize, got ${String(batchSize)}`,
      )
    }
    const divisor = calibrated && temperature ? temperature.value : 1
    return { topK: Math.min(count ?? 5, classes), batchSize, temperature: divisor, signal }
  }

  private best(logits: Float32Array, count: number, temperature: number): Prediction[] {
    const scaled = temperature === 1 ? logits : logits.map((logit) => logit / temperature)
    const probabilities = probabilitiesOf(scaled, this.model.multiLabel)
    return topK(logits, count).map((index) => ({
      label: this.classes[index] ?? String(index),
      index,
      probability: probabilities[index] ?? NaN,
    }))
  }
}

function requireMethod(method: ExplanationMethod): void {
  const known: readonly ExplanationMethod[] = ['gradient', 'attention']
  if (known.includes(method)) return
  throw new IjepaError('ERR_ARGUMENT', `Expected 'gradient' or 'attention' for method, got ${String(method)}`)
}

function noTemperature(folder: string): IjepaError {
  const message =
    `No temperature is stored with the classifier in ${folder}: a run stores one where it has pictures that it was not trained on ` +
    '(held out to choose its hyper-parameters, or for validation), with one label each and not all right by far. Train it again with ' +
    'a validation set, or leave calibrated out'
  return new IjepaError('ERR_UNSUPPORTED', message, { file: folder })
}

/** A path or bytes are iterable too, but never meant as a list of pictures. */
function requireIterable(images: unknown): void {
  const isObject = typeof images === 'object' && images !== null
  const isList = isObject && (Symbol.asyncIterator in images || Symbol.iterator in images)
  if (isList && !(images instanceof Uint8Array)) return
  throw new IjepaError(
    'ERR_ARGUMENT',
    'Expected an iterable of pictures for images: put a single one in a list',
  )
}
