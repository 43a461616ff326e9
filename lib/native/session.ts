/** A native session: a classifier with its loss and optimizer on one device. */
import type * as binding from '../../binding.gyp'
import { guarded, hasCode, settled } from './errors'
import { Heads } from './heads'
import { doubles, Features, floats, int32s, type Loader } from './loader'
import { loadAddon } from './load'
import { NamedTensors } from './named-tensors'

/** Result of `predict`: logits [rows, C] row-major, and the batch's sample indices (empty: end of epoch). */
export type Logits = binding.Logits

export type StepMeans = binding.StepMeans

/** How a file of tokens is read. */
export interface TokenReading {
  readonly rows?: number
  readonly labels?: Int32Array
  /** Its bytes were looked at before. */
  readonly isChecked?: boolean
}

export interface FeatureRows {
  readonly features: Features
  readonly rows: Int32Array
}

export class Session extends NamedTensors<binding.Session> {
  private constructor(handle: binding.Session) {
    super(handle)
  }

  static async create(config: binding.SessionConfig): Promise<Session> {
    return new Session(await settled(loadAddon().createSession(config)))
  }

  parameters(): binding.TensorInfo[] {
    return guarded(() => this.handle.parameters())
  }

  configureTraining(config: binding.TrainingConfig): Promise<void> {
    return this.call(() => this.handle.configureTraining(config))
  }

  setLabelSets(offsets: Int32Array, labels: Int32Array): Promise<void> {
    return this.call(() => this.handle.setLabelSets(offsets, labels))
  }

  /** Rows of the batch; 0 = end of epoch. */
  trainStep(loader: Loader, learningRate: number): Promise<number> {
    return this.call(() => this.handle.trainStep(loader.handle, learningRate))
  }

  trainStepOnFeatures(features: Features, rows: Int32Array, learningRate: number): Promise<number> {
    return this.call(() => this.handle.trainStepOnFeatures(features.handle, rows, learningRate))
  }

  createTokens(path: string, blocks: number, pooled: boolean): Promise<void> {
    return this.call(() => this.handle.createTokens(path, blocks, pooled))
  }

  async appendTokens(loader: Loader): Promise<Int32Array> {
    return int32s(await this.call(() => this.handle.appendTokens(loader.handle)))
  }

  commitTokens(): Promise<void> {
    return this.call(() => this.handle.commitTokens())
  }

  /** Beside those that are open, as a whole file of so many rows, labelled by `labels` of all samples: else as it says itself. */
  async openTokens(
    path: string,
    { rows = 0, labels = new Int32Array(), isChecked = true }: TokenReading = {},
  ): Promise<Int32Array> {
    return int32s(await this.call(() => this.handle.openTokens(path, rows, labels, isChecked)))
  }

  closeTokens(): Promise<void> {
    return this.call(() => this.handle.closeTokens())
  }

  trainStepOnTokens(rows: Int32Array, learningRate: number): Promise<number> {
    return this.call(() => this.handle.trainStepOnTokens(rows, learningRate))
  }

  /** Logits [rows, C] of rows of the open file. */
  async predictOnTokens(rows: Int32Array): Promise<Float32Array> {
    return floats(await this.call(() => this.handle.predictOnTokens(rows)))
  }

  readMeans(): Promise<binding.StepMeans> {
    return this.call(() => this.handle.readMeans())
  }

  /** Averages in the parameters' place, or the parameters back. */
  useAverages(averages: boolean): Promise<void> {
    return this.call(() => this.handle.useAverages(averages))
  }

  async predict(loader: Loader, precision: binding.Precision): Promise<Logits> {
    const { logits, samples } = await this.call(() => this.handle.predict(loader.handle, precision))
    return { logits: floats(logits), samples: int32s(samples) }
  }

  /** Explains the loader's next batch, each picture for its label, or for the class that is predicted. */
  async explain(loader: Loader, method: binding.ExplanationMethod): Promise<binding.Explanations> {
    const { weights, logits, samples } = await this.call(() => this.handle.explain(loader.handle, method))
    return { weights: floats(weights), logits: floats(logits), samples: int32s(samples) }
  }

  async predictOnFeatures(features: Features, begin: number, end: number): Promise<Float32Array> {
    return floats(await this.call(() => this.handle.predictOnFeatures(features.handle, begin, end)))
  }

  /** An empty set, for the pooled outputs of the last `layers` blocks; of files so many rows at most are mapped. */
  createFeatures(layers = 1, mostMapped = 0): Features {
    return new Features(guarded(() => this.handle.createFeatures(layers, mostMapped)))
  }

  async appendFeatures(
    loader: Loader,
    features: Features,
    precision: binding.Precision,
  ): Promise<Int32Array> {
    return int32s(
      await this.call(() => this.handle.appendFeatures(loader.handle, features.handle, precision)),
    )
  }

  /** Rows [begin, end), with the sample of each, to a file, whose rows are to be those from `place` on where they are mapped. */
  writeFeatures(
    features: Features,
    [begin, end]: readonly [number, number],
    samples: Int32Array,
    path: string,
    place = 0,
  ): Promise<void> {
    return this.call(() => this.handle.writeFeatures(features.handle, begin, end, samples, place, path))
  }

  /** Appends the `rows` rows of such a file, labelled by `labels` of all samples; the samples of its rows. */
  async restoreFeatures(
    path: string,
    rows: number,
    labels: Int32Array,
    features: Features,
  ): Promise<Int32Array> {
    return int32s(await this.call(() => this.handle.restoreFeatures(path, rows, labels, features.handle)))
  }

  appendRows(source: Features, target: Features): Promise<void> {
    return this.call(() => this.handle.appendRows(source.handle, target.handle))
  }

  standardize(features: Features): Promise<void> {
    return this.call(() => this.handle.standardize(features.handle))
  }

  /** Appends rows as the head's linear layer sees them: normalised where the head normalises, standardised after standardize(). */
  appendPrepared(source: Features, target: Features): Promise<void> {
    return this.call(() => this.handle.appendPrepared(source.handle, target.handle))
  }

  /** Votes of the nearest rows of `train`: [K, queries, C] for each number of neighbours. */
  async neighborVotes(
    train: FeatureRows,
    queries: FeatureRows,
    config: binding.NeighborsConfig,
  ): Promise<Float32Array> {
    const { handle } = this
    const votes = this.call(() =>
      handle.neighborVotes(train.features.handle, train.rows, queries.features.handle, queries.rows, config),
    )
    return floats(await votes)
  }

  /** Singular values, norms and spread of rows of features, in their last `columns` columns. */
  async featureStatistics(
    { features, rows }: FeatureRows,
    columns: number,
  ): Promise<binding.FeatureStatistics> {
    const found = await this.call(() => this.handle.featureStatistics(features.handle, rows, columns))
    return {
      ...found,
      singularValues: doubles(found.singularValues),
      centredSingularValues: doubles(found.centredSingularValues),
    }
  }

  /** The `count` rows of `train` that are most like each query in the last `columns` columns, as indices into `train.rows`. */
  async nearestRows(
    train: FeatureRows,
    queries: FeatureRows,
    { columns, count }: { columns: number; count: number },
  ): Promise<binding.Neighbors> {
    const { handle } = this
    const [known, asked] = [train.features.handle, queries.features.handle]
    const found = await this.call(() =>
      handle.nearestRows(known, train.rows, asked, queries.rows, columns, count),
    )
    return { rows: int32s(found.rows), similarities: floats(found.similarities) }
  }

  /** The session's head becomes one of these. */
  adoptHead(heads: Heads, head: number): Promise<void> {
    return this.call(() => this.handle.adoptHead(heads.own, head))
  }

  /** Predictions become votes of these rows. */
  keepNeighbors({ features, rows }: FeatureRows, config: binding.NeighborsConfig): Promise<void> {
    return this.call(() => this.handle.keepNeighbors(features.handle, rows, config))
  }

  /** Heads on this session's features; its `cancellable` serves their calls too. */
  async createHeads(config: binding.HeadsConfig): Promise<Heads> {
    return new Heads(await this.call(() => this.handle.createHeads(config)))
  }

  /** Makes the running and all queued calls reject; the session stays usable. */
  cancel(): void {
    guarded(() => {
      this.handle.cancel()
    })
  }

  dispose(): Promise<void> {
    return this.call(() => this.handle.dispose())
  }

  /**
   * Runs `work`; when the signal aborts meanwhile, the native call ends within a second and this rejects with the
   * signal's reason.
   */
  async cancellable<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted()
    const cancel = () => {
      this.cancel()
    }
    signal?.addEventListener('abort', cancel, { once: true })
    try {
      return await work()
    } catch (error) {
      if (hasCode(error, 'ERR_CANCELLED')) signal?.throwIfAborted()
      throw error
    } finally {
      signal?.removeEventListener('abort', cancel)
    }
  }
}
