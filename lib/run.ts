/** A run as its folder and its last state tell it. */
import type { Metrics, Run } from './api'
import { Classifier } from './classifier'
import { IjepaError } from './errors'
import type { LeftOut, RunFolder, RunKind, RunState } from './train'

export class TrainedRun implements Run {
  readonly directory: string
  readonly history: Run['history']
  readonly best: { epoch: number; metrics: Metrics }
  /** Pictures of its training and validation that could not be read. */
  readonly leftOut: readonly LeftOut[]

  constructor(
    readonly kind: RunKind,
    private readonly folder: RunFolder,
    readonly config: Readonly<Record<string, unknown>>,
    state: RunState,
  ) {
    if (state.best === null)
      throw new IjepaError('ERR_FILE', `The run in ${folder.path} has no finished epoch`)
    this.directory = folder.path
    this.history = state.history
    this.best = state.best
    this.leftOut = state.leftOut ?? []
  }

  classifier(which: 'best' | 'last' = 'best'): Promise<Classifier> {
    return Classifier.load(this.folder.checkpoint(which))
  }
}
