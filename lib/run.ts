/** A run as its folder and its last state tell it. */
import type { Metrics, Run } from './api'
import { Classifier } from './classifier'
import { IjepaError } from './errors'
import type { RunFolder, RunKind, RunState } from './train'

export class TrainedRun implements Run {
  readonly directory: string
  readonly history: Run['history']
  readonly best: { epoch: number; metrics: Metrics }

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
  }

  classifier(which: 'best' | 'last' = 'best'): Promise<Classifier> {
    return Classifier.load(this.folder.checkpoint(which))
  }
}
