/**
 * What report.json holds (formatVersion 1), and what it is built from. report.schema.json describes the same for readers
 * in other languages. Fractions are 0 to 1; classes are indices into `data.classes`; null means not measured, or not finite.
 */
import type { CheckpointInfo, DataSummary, ReportData, Run, TrainEvent } from '../api'
import type {
  Analysis,
  ColumnAccuracy,
  Comparison,
  CueConflictScores,
  LabelEfficiency,
  LabelSetAnalysis,
  LabelSetComparison,
  Repeated,
  RepresentationHealth,
  SensitivityScores,
} from '../metrics'
import type { ExplainedInput, ExplanationsSection } from './explanations'
import type { HealthSection } from './health'

export const formatVersion = 1

/** One run judged on the split, as the evaluation hands it over. */
export interface RunInput {
  readonly kind: Run['kind']
  readonly name: string
  readonly directory: string
  /** What was read of the encoder's checkpoint, and where from. */
  readonly encoder: CheckpointInfo & { readonly source: string }
  readonly config: Readonly<Record<string, unknown>>
  readonly history: readonly Extract<TrainEvent, { type: 'epoch' }>[]
  /** Null: each run of a cross-validation has its own. */
  readonly best: Run['best'] | null
  /** Runs of a cross-validation whose answers these are; absent for those of one run. */
  readonly folds?: number
  readonly parameters: { readonly total: number; readonly trainable: number }
  /** The chart of the freezing schedule, line by line; absent where all of the encoder or none of it trains. */
  readonly freezing?: readonly string[]
  /** Hyper-parameters that were tried, and which was taken. */
  readonly choice?: ChoiceSection
  readonly seed: number
  /** Of evaluation. */
  readonly precision: string
  /** Of evaluation, decoding included. */
  readonly imagesPerSecond?: number
  readonly analysis: Analysis | LabelSetAnalysis
  /** By manifest column; absent where there is none, or it was not asked for. */
  readonly groups?: readonly ColumnAccuracy[]
  /** [N], the file (or archive member) of each row. */
  readonly files: readonly string[]
  /** JPEG pictures of mistakes and doubtful labels, by row; leave out for a report without pictures. */
  readonly thumbnails?: ReadonlyMap<number, Uint8Array>
  /** Training pictures as the run's recipe draws them; absent for probes and for a report without pictures. */
  readonly views?: readonly ViewsInput[]
  /** Some answers explained; leave out for a report without pictures. */
  readonly explained?: ExplainedInput
  /** Of a probe's frozen encoder. */
  readonly health?: RepresentationHealth
  /** Under corruptions; absent where it was not measured. */
  readonly robustness?: RobustnessInput
  /** With single qualities of the images taken away; absent where it was not measured. */
  readonly sensitivity?: SensitivityInput
  /** Absent where no judged image was trained on, or what was trained on is not known. */
  readonly withoutLeaked?: WithoutLeakedSection
  /** By reassessed labels; absent where none were given. */
  readonly realLabels?: RealLabelsSection
  /** On other data sets of the same classes; absent where there are none. */
  readonly shifts?: readonly ShiftEntry[]
  /** Shape against texture; absent where it was not measured. */
  readonly cueConflict?: CueConflictSection
}

/** The same pictures under ImageNet-C's corruptions; all numbers are errors, or of errors. */
export interface RobustnessInput extends Omit<RobustnessSection, 'example'> {
  /** Pictures are JPEG. */
  readonly example?: {
    readonly file: string
    readonly label: number
    readonly severity: number
    readonly clean: Uint8Array
    readonly corrupted: readonly Uint8Array[]
  }
}

export interface SensitivityInput extends SensitivityScores {
  /** Pictures are JPEG. */
  readonly example?: {
    readonly file: string
    readonly label: number
    readonly clean: Uint8Array
    readonly changed: readonly Uint8Array[]
  }
  readonly notes: readonly string[]
}

export interface ViewsInput {
  readonly file: string
  readonly label: number
  /** All of its labels, where an image may have several. */
  readonly labels?: readonly number[]
  /** JPEG pictures: as it is evaluated, then as it is trained on. */
  readonly pictures: readonly Uint8Array[]
}

export interface RepetitionInput {
  readonly over: 'seeds' | 'folds'
  /** Of the folder that holds the runs; of folds, that of the run of `runs` with the answers of all. */
  readonly name: string
  /** Runs that were asked for. */
  readonly of: number
  readonly runs: readonly {
    readonly name: string
    readonly directory: string
    readonly seed: number
    readonly history: RunInput['history']
    readonly best: Run['best']
    readonly scores: (Analysis | LabelSetAnalysis)['scores']
  }[]
  /** Of every metric, over the runs: sample deviation, and 95 % t-interval of the mean; empty with one run. */
  readonly scores: Readonly<Record<string, Repeated>>
}

export interface ReportInput {
  /** ISO 8601. */
  readonly createdAt: string
  readonly library: { readonly name: string; readonly version: string }
  readonly data: DataSummary & { readonly source?: string; readonly fingerprint?: string }
  readonly split: {
    /** The name of the split: 'validation', 'test', or that of another source. */
    readonly name: string
    /** Of its images, labels and classes alone. */
    readonly fingerprint?: string
    /** What the split was also used to choose ('the best epoch'); empty for a split that chose nothing. */
    readonly usedFor: readonly string[]
    /** Judged images that are in train as well; absent where they were not looked for. */
    readonly leaked?: {
      readonly names: readonly string[]
      readonly comparedBy: LeakedSection['comparedBy']
    }
  }
  readonly preprocessing: Readonly<Record<string, unknown>>
  /** LibTorch, device, threads, CPU, decoders, …: shown as it is. */
  readonly environment: Readonly<Record<string, string | number | boolean | null>>
  readonly runs: readonly RunInput[]
  /** Runs by index. */
  readonly comparisons: readonly {
    readonly first: number
    readonly second: number
    readonly result: Comparison | LabelSetComparison
  }[]
  /** Runs of one recipe, with what each scored by itself. */
  readonly repetitions?: readonly RepetitionInput[]
  readonly labelEfficiency?: LabelEfficiencySection
  /** Warnings that were given while training and evaluating. */
  readonly warnings?: readonly { readonly code: string; readonly message: string }[]
}

export interface ScoreEntry {
  readonly value: number
  /** 95 % interval; absent where none is given. */
  readonly low?: number
  readonly high?: number
  readonly method?: 'wilson' | 'bootstrap' | 'delong'
}

export interface EpochEntry {
  /** From 0. */
  readonly epoch: number
  readonly best: boolean
  readonly seconds: number
  readonly train: Readonly<Record<string, number | null>>
  readonly validation: Readonly<Record<string, number | null>> | null
}

export interface ClassEntry {
  readonly class: number
  readonly samples: number
  readonly predicted: number
  readonly recall: ScoreEntry | null
  readonly precision: number | null
  readonly f1: number | null
  /** Where an image may have several labels. */
  readonly averagePrecision?: number | null
}

export interface MistakeEntry {
  readonly file: string
  readonly label: number
  readonly predicted: number
  readonly probability: number
  readonly labelProbability: number
  /** JPEG, base64. */
  readonly thumbnail: string | null
}

export interface LabelIssueEntry {
  readonly file: string
  readonly label: number
  /** The class that it looks like. */
  readonly suggested: number
  readonly probability: number
  readonly labelProbability: number
  /** JPEG, base64. */
  readonly thumbnail: string | null
}

export interface CoverageEntry {
  /** Part of the images that is answered, surest first. */
  readonly coverage: number
  /** The least confidence among them. */
  readonly confidence: number
  readonly accuracy: number
}

/** An image with much loss. */
export interface TopLossEntry {
  readonly file: string
  /** In nats; where it may have several labels the mean over the classes. */
  readonly loss: number
  readonly labels: readonly number[]
  /** What it is said to be, most probable first. */
  readonly predicted: readonly { readonly class: number; readonly probability: number }[]
  /** JPEG, base64. */
  readonly thumbnail: string | null
}

/** Where an image may have several labels. */
export interface LabelSetSection {
  /** From which probability on a class is claimed. */
  readonly threshold: number
  /** Labels of an image, in the mean. */
  readonly perImage: number
  /** Images that have none. */
  readonly withoutLabels: number
}

/** A training picture; views are JPEG, base64. */
export interface ViewsEntry {
  readonly file: string
  readonly label: number
  readonly labels?: readonly number[]
  readonly evaluation: string
  readonly training: readonly string[]
}

export interface RobustnessSection {
  readonly images: number
  readonly severities: readonly number[]
  /** Corruptions that the means are over. */
  readonly averaged: readonly string[]
  readonly cleanError: ScoreEntry
  readonly corruptions: readonly {
    readonly name: string
    /** By severity. */
    readonly errors: readonly ScoreEntry[]
    readonly mean: ScoreEntry
    /** Over AlexNet's; null but on ImageNet. */
    readonly ce: number | null
  }[]
  readonly meanError: ScoreEntry | null
  /** The mean error less the clean one. */
  readonly meanIncrease: ScoreEntry | null
  /** 1: AlexNet's; null but on ImageNet with the whole benchmark. */
  readonly mce: ScoreEntry | null
  readonly relativeMce: ScoreEntry | null
  /** One picture as it is and under each corruption, in their order: JPEG, base64. */
  readonly example?: {
    readonly file: string
    readonly label: number
    readonly severity: number
    readonly clean: string
    readonly corrupted: readonly string[]
  }
  readonly notes: readonly string[]
}

/** What the decisions change with. */
export interface SensitivitySection extends SensitivityScores {
  /** One picture as it is and under each change, in their order: JPEG, base64. */
  readonly example?: {
    readonly file: string
    readonly label: number
    readonly clean: string
    readonly changed: readonly string[]
  }
  readonly notes: readonly string[]
}

/** Which of shape and texture decides where they are of different categories. */
export interface CueConflictSection extends CueConflictScores {
  /** Files and images that could not be read. */
  readonly skipped: number
}

export interface ShiftEntry {
  readonly name: string
  /** Classes that it has pictures of; of fewer than all, the others' logits are left out. */
  readonly classes: number
  readonly images: number
  readonly skipped: number
  readonly top1: ScoreEntry
  /** The same classes of the evaluated split. */
  readonly reference: { readonly images: number; readonly top1: ScoreEntry }
  /** Of the reference's top-1 less the shift's, with its 95 % interval. */
  readonly gap: { readonly value: number; readonly low: number; readonly high: number }
}

/** Judged images that are in train as well. */
export interface LeakedSection {
  readonly images: number
  /** 'content': whatever they are called. 'path': those that are the same file alone. */
  readonly comparedBy: 'content' | 'path'
  /** At most 1,000. */
  readonly files: readonly string[]
}

/** Top-1 (mAP where an image may have several labels) of the images that were not trained on, and of those that were. */
export interface WithoutLeakedSection {
  /** Null: there are none. */
  readonly others: ScoreEntry | null
  /** Null where an image may have several labels. */
  readonly leaked: ScoreEntry | null
}

/** By reassessed labels that may accept several classes (ReaL). */
export interface RealLabelsSection {
  readonly file: string
  /** Images for which a class is accepted; the others are left out. */
  readonly images: number
  readonly leftOut: number
  readonly top1: ScoreEntry
  /** By the split's own labels, of the same images. */
  readonly reference: ScoreEntry
  /** Decisions that are right by these labels alone, and by the split's alone. */
  readonly onlyReal: number
  readonly onlyLabel: number
}

export interface ReliabilityEntry {
  readonly lower: number
  readonly upper: number
  readonly samples: number
  readonly confidence: number | null
  readonly accuracy: number | null
}

/** Calibration with the classifier's temperature. */
export interface CalibratedSection {
  /** Logits are divided by it. */
  readonly temperature: number
  /** Images that it was fitted on, of which none was trained on: held out of train, or of the validation split. */
  readonly fittedImages: number
  readonly fittedOn: 'train' | 'validation'
  /** 'stored': on others than are judged here. 'halves': on these, so each half is judged by a temperature of the other. */
  readonly judgedBy: 'stored' | 'halves'
  readonly nll: number
  readonly brier: number
  readonly ece: number
  readonly adaptiveEce: number
  readonly meanConfidence: number
  readonly reliability: readonly ReliabilityEntry[]
}

export interface ChoiceSection {
  /** What judged: held-out images of train, or the validation split. */
  readonly judgedBy: 'train' | 'validation'
  readonly trainedOn: number
  readonly judgedOn: number
  readonly candidates: readonly {
    /** These two are absent in reports of older versions. */
    readonly features?: 'last' | 'last4'
    readonly head?: 'linear' | 'batchnorm-linear' | 'logistic' | 'neighbors'
    /** Of a head that was trained by updates. */
    readonly learningRate?: number
    readonly weightDecay?: number
    /** Inverse strength of a logistic regression's penalty. */
    readonly c?: number
    /** Neighbours that vote. */
    readonly k?: number
    /** null: not finite. */
    readonly loss: number | null
    readonly top1: number
  }[]
  /** Index of the candidate that all of train was then trained with. */
  readonly chosen: number
}

export interface RunSection {
  readonly kind: Run['kind']
  readonly name: string
  readonly directory: string
  readonly encoder: RunInput['encoder']
  readonly seed: number
  readonly precision: string
  readonly imagesPerSecond: number | null
  /** Of training: the sum over epochs. */
  readonly seconds: number
  readonly parameters: { readonly total: number; readonly trainable: number }
  readonly freezing?: readonly string[]
  /** Absent where nothing was tried. */
  readonly choice?: ChoiceSection
  readonly config: Readonly<Record<string, unknown>>
  readonly history: readonly EpochEntry[]
  readonly best: { readonly epoch: number; readonly metrics: Readonly<Record<string, number | null>> } | null
  /** Runs of a cross-validation whose answers these are. */
  readonly folds?: number
  readonly scores: Readonly<Record<string, ScoreEntry>>
  readonly perClass: readonly ClassEntry[]
  /** What only one label an image has, from here to labelIssues: absent where there may be several. */
  readonly meanConfidence?: number
  /** [true class, predicted class, samples] of every pair that occurs. */
  readonly confusion?: readonly (readonly [number, number, number])[]
  readonly confusedPairs?: readonly { label: number; predicted: number; count: number; of: number }[]
  readonly reliability?: readonly ReliabilityEntry[]
  /** Absent where the classifier has no temperature. */
  readonly calibrated?: CalibratedSection
  /** Absent in reports of older versions, as labelIssues is. */
  readonly coverage?: readonly CoverageEntry[]
  readonly mistakes?: readonly MistakeEntry[]
  /** Labels that are likely wrong: how many, and the likeliest. */
  readonly labelIssues?: { readonly count: number; readonly first: readonly LabelIssueEntry[] }
  /** Images with the largest loss, most first; absent in reports of older versions. */
  readonly topLosses?: readonly TopLossEntry[]
  readonly views?: readonly ViewsEntry[]
  readonly robustness?: RobustnessSection
  readonly sensitivity?: SensitivitySection
  readonly withoutLeaked?: WithoutLeakedSection
  readonly realLabels?: RealLabelsSection
  readonly shifts?: readonly ShiftEntry[]
  readonly cueConflict?: CueConflictSection
  readonly explanations?: ExplanationsSection
  readonly health?: HealthSection
  /** Null in reports of older versions too. */
  readonly groups: Readonly<Record<string, number>> | null
  readonly groupColumns?: readonly GroupColumnEntry[]
}

/** Accuracy by the groups of a manifest column. */
export interface GroupColumnEntry {
  readonly column: string
  readonly groups: readonly {
    readonly name: string
    readonly samples: number
    /** Training images of the group. */
    readonly trained: number
    /** Null: too few samples to estimate. */
    readonly top1: ScoreEntry | null
  }[]
  /** Between the best and the worst; null with fewer than two groups that can be estimated. */
  readonly gap: {
    readonly best: string
    readonly worst: string
    readonly difference: ScoreEntry
    readonly ratio: ScoreEntry | null
    /** Of a permutation test. */
    readonly p: number
  } | null
  /** Mean weighted by the training images of each group; null where that cannot be had. */
  readonly adjusted: number | null
}

export interface ComparisonSection {
  readonly first: number
  readonly second: number
  /** Top-1 of the second minus the first's; mAP where an image may have several labels. */
  readonly difference: number
  readonly low: number
  readonly high: number
  /** Of McNemar's test, which only one label an image has. */
  readonly onlyFirst?: number
  readonly onlySecond?: number
  readonly p?: number
}

/** One recipe trained several times: with other seeds on one split, or by cross-validation, each run on its own fold. */
export interface RepetitionSection {
  readonly over: 'seeds' | 'folds'
  readonly name: string
  readonly of: number
  readonly runs: readonly {
    readonly name: string
    readonly directory: string
    readonly seed: number
    /** Pictures that it was judged on. */
    readonly samples: number
    readonly epochs: number
    /** From 0. */
    readonly bestEpoch: number
    readonly seconds: number
    readonly scores: Readonly<Record<string, number>>
  }[]
  /** As in RepetitionInput. */
  readonly scores: Readonly<Record<string, Repeated>>
}

/** Top-1 by the number of labelled training images, of one encoder. */
export interface LabelEfficiencySection extends LabelEfficiency {
  /** The encoder's file. */
  readonly encoder: string
}

export interface ReportDocument extends ReportData {
  readonly formatVersion: typeof formatVersion
  readonly createdAt: string
  readonly library: { readonly name: string; readonly version: string }
  readonly data: {
    readonly source: string | null
    readonly classes: readonly string[]
    readonly splits: DataSummary['splits']
    readonly skipped: { readonly count: number; readonly files: DataSummary['skipped'] }
    readonly fingerprint: string | null
  }
  readonly evaluation: {
    readonly split: string
    readonly samples: number
    /** Of the images that were judged, their labels and classes; absent in reports of older versions. */
    readonly fingerprint?: string
    readonly usedFor: readonly string[]
    /** Absent where they were not looked for: of a cross-validation, and in reports of older versions. */
    readonly leaked?: LeakedSection
    readonly preprocessing: Readonly<Record<string, unknown>>
    /** Absent where an image has one label. */
    readonly labels?: LabelSetSection
  }
  readonly environment: ReportInput['environment']
  readonly runs: readonly RunSection[]
  readonly comparisons: readonly ComparisonSection[]
  /** Absent where every run is by itself. */
  readonly repetitions?: readonly RepetitionSection[]
  /** One for each encoder; absent where it was not asked for. */
  readonly labelEfficiency?: readonly LabelEfficiencySection[]
  readonly warnings: readonly { readonly code: string; readonly message: string }[]
  /** What to worry about, one sentence each. */
  readonly concerns: readonly string[]
}
