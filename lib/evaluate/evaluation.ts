/** What an evaluation is asked for, and what it comes to. */
import type { Precision, Run, TrainEvent } from '../api'
import type { EvaluateConfig } from '../config'
import type { Dataset, Folds } from '../dataset'
import type { ColumnAccuracy, LabelEfficiency, Repeated, RepresentationHealth } from '../metrics'
import type { Plan } from '../train'
import type { ExplainedAnswers } from './explanations'
import type { AnyAnalysis, AnyComparison } from './label-kinds'
import type { CueConflict } from './cue-conflict'
import type { LeakedPictures, WithoutLeaked } from './leaks'
import type { SuiteTraining } from './label-efficiency'
import type { QuickChoice } from './quick-budget'
import type { RepetitionGroup } from './repetitions'
import type { RealAccuracy } from './real-labels'
import type { Robustness } from './robustness'
import type { Sensitivity } from './sensitivity'
import type { ShiftResult } from './shifts'
import type { TrainingViews } from './training-views'

/** Longest side of a thumbnail in the report, in pixels. */
export const thumbnailSize = 96

export interface EvaluateRunsOptions {
  readonly plan: Plan
  readonly runs: readonly Run[]
  readonly config: EvaluateConfig
  /** The trainer's data in so many folds. */
  readonly openFolds: (count: number) => Promise<Folds>
  readonly training: SuiteTraining
  /** What the quick budget has time for; absent before it is chosen, and with the full one. */
  readonly quick?: QuickChoice
  readonly signal: AbortSignal
  readonly emit: (event: TrainEvent) => void
}

export interface EvaluatedSplit {
  readonly name: 'test' | 'validation' | 'cross-validation' | 'given'
  readonly images: number
  /** Of its pictures, labels and classes alone. */
  readonly fingerprint: string
  /** It also chose the epoch, so its numbers are optimistic. */
  readonly choseTheEpoch: boolean
  /** Judged pictures that are in train as well; absent for a cross-validation, whose folds share none. */
  readonly leaked?: Pick<LeakedPictures, 'comparedBy'> & { readonly names: readonly string[] }
}

export interface EvaluatedRun {
  /** Whose answers these are: one run, or all of a cross-validation. */
  readonly runs: readonly Run[]
  readonly name: string
  readonly analysis: AnyAnalysis
  /** By column; empty where the bias suite was not asked for. */
  readonly groups: readonly ColumnAccuracy[]
  /** Printable name of the sample of each row. */
  readonly names: readonly string[]
  /** JPEG pictures of the analysis' mistakes and doubtful labels, by row; empty where pictures are left out. */
  readonly thumbnails: ReadonlyMap<number, Uint8Array>
  /** Of training pictures; undefined for a probe, and where pictures are left out. */
  readonly views: readonly TrainingViews[] | undefined
  /** Undefined for a cross-validation, for pictures with several labels, and where pictures are left out. */
  readonly explained: ExplainedAnswers | undefined
  /** Of a single probe's encoder; undefined where it was not wanted. */
  readonly health: RepresentationHealth | undefined
  readonly precision: Precision
  readonly imagesPerSecond: number
  /** Where it was not trained on the trainer's train: on how many. */
  readonly otherTrainImages?: number
  /** Under corruptions; absent where it was not asked for. */
  readonly robustness?: Robustness
  /** With single qualities of the pictures taken away; absent where it was not asked for. */
  readonly sensitivity?: Sensitivity
  /** Absent where no judged picture was trained on, or what was trained on is not known. */
  readonly withoutLeaked?: WithoutLeaked
  /** By reassessed labels; absent where none were given. */
  readonly realLabels?: RealAccuracy
  /** On other data sets; absent where there are none. */
  readonly shifts?: readonly ShiftResult[]
  /** Shape against texture; absent where it was not asked for. */
  readonly cueConflict?: CueConflict
  /** Pictures that could not be read. */
  readonly bad: readonly { file: string; reason: string }[]
}

/** One recipe trained several times; what each run scored by itself, in the order of its members. */
export interface EvaluatedRepetition extends RepetitionGroup {
  readonly scores: readonly AnyAnalysis['scores'][]
  /** Of every metric, over the runs; empty with one run. */
  readonly summary: Readonly<Record<string, Repeated>>
}

export interface Evaluation {
  readonly data: Pick<Dataset, 'summary' | 'fingerprint'>
  readonly split: EvaluatedSplit
  readonly runs: readonly EvaluatedRun[]
  readonly repetitions: readonly EvaluatedRepetition[]
  /** Of later ones of `runs`, by index, with the first: not of runs of one recipe, nor on other pictures. */
  readonly comparisons: readonly { first: number; second: number; result: AnyComparison }[]
  /** Of the trainer's encoder; absent where it was not asked for. */
  readonly labelEfficiency?: LabelEfficiency
}
