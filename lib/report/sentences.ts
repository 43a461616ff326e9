/** What the report says in sentences, the same on every page. */
import type { ComparisonSection, RepetitionSection, ReportDocument, RunSection } from './report-data'
import {
  className,
  count,
  duration,
  kindWords,
  metricWords,
  millions,
  percent,
  pText,
  scoreText,
  scoreWords,
} from './words'

/** With more classes than this the worst come first. */
export const classesInOrder = 30

/** 'Linear probe and fine-tune on 10 classes'. */
export function title({ runs, data }: ReportDocument): string {
  const kinds = [...new Set(runs.map(({ kind }) => kindWords(kind)))].join(' and ')
  return `${kinds[0]?.toUpperCase() ?? ''}${kinds.slice(1)} on ${count(data.classes.length, 'class')}`
}

/** What was trained on what, and judged on what. */
export function leadSentences({ runs, data, evaluation }: ReportDocument): string[] {
  const encoders = [...new Set(runs.map(encoderSentence))]
  const train = data.splits.train
  const from = data.source === null ? '' : ` of ${data.source}`
  const trained = train ? `Trained on ${count(train.images, 'image')}${from}, judged` : 'Judged'
  const encoder = `Encoder: ${encoders.join('; ')}.`
  if (runs.some(({ folds }) => folds !== undefined)) {
    return [
      encoder,
      `Cross-validation of ${count(evaluation.samples, 'image')}${from}: each is judged by a run that was trained on others.`,
      ...labelSetSentences(evaluation),
    ]
  }
  const judged = `${trained} on ${count(evaluation.samples, 'image')} of the ${evaluation.split} split.`
  return [encoder, judged, ...labelSetSentences(evaluation)]
}

/** Where an image may have several labels: how many it has, and when a class is claimed. */
function labelSetSentences({ labels }: ReportDocument['evaluation']): string[] {
  if (labels === undefined) return []
  const { threshold, perImage, withoutLabels } = labels
  const none = withoutLabels > 0 ? `; ${count(withoutLabels, 'image')} without any` : ''
  return [
    `An image may have several of the classes: ${perImage.toFixed(2)} on average${none}. Each class is judged for itself, and claimed from a probability of ${percent(threshold, 0)} on.`,
  ]
}

/** 'linear probe · 1,290 of 1.2 M parameters trained · 100 epochs in 41 s'. */
export function runNote({ kind, parameters, history, seconds, folds }: RunSection): string {
  const { trainable, total } = parameters
  const trained =
    trainable === total ? `all ${millions(total)}` : `${millions(trainable)} of ${millions(total)}`
  const runs = folds === undefined ? '' : `, ${count(folds, 'fold')}`
  return `${kindWords(kind)}${runs} · ${trained} parameters trained · ${count(history.length, 'epoch')} in ${duration(seconds)}`
}

/** 'vit_small, 22 M parameters, target_encoder of encoder.safetensors'. */
export function encoderSentence({ encoder }: RunSection): string {
  const { name, embedDim, depth } = encoder.architecture
  const shape = name ?? `ViT ${embedDim} wide, ${depth} deep`
  const size =
    typeof encoder.imageSize === 'number'
      ? encoder.imageSize
      : `${encoder.imageSize.height} × ${encoder.imageSize.width}`
  return `${shape} (patch ${encoder.patchSize}, ${size} px, ${millions(encoder.parameters)} parameters), ${encoder.weights} of ${encoder.source}`
}

/** 'finetune is better than linear-probe by 4.0 points (95 % interval 1.2 to 6.8, McNemar p = 0.0061)'. */
export function comparisonSentence(document: ReportDocument, comparison: ComparisonSection): string {
  const first = document.runs[comparison.first]
  const second = document.runs[comparison.second]
  if (!first || !second) return ''
  const flipped = comparison.difference < 0
  const [better, worse] = flipped ? [first, second] : [second, first]
  const points = (100 * Math.abs(comparison.difference)).toFixed(1)
  const bounds = flipped ? [-comparison.high, -comparison.low] : [comparison.low, comparison.high]
  const range = bounds.map((bound) => (100 * bound).toFixed(1)).join(' to ')
  const { p } = comparison
  const metric = metricWords(headline(first.scores))
  const evidence = `95 % interval ${range} points${p === undefined ? ', paired bootstrap' : `, McNemar ${pText(p)}`}`
  if (p === undefined ? comparison.low <= 0 && comparison.high >= 0 : p >= 0.05) {
    return `${better.name} and ${worse.name} cannot be told apart on these images: ${points} points between them (${evidence}).`
  }
  return `${better.name} is better than ${worse.name} by ${points} points of ${metric} (${evidence}).`
}

/**
 * 'finetune-seeds: Top-1 42.2 % ± 0.8 (mean and deviation over 5 seeds)', or
 * 'finetune-folds: Top-1 42.2 % in the mean of 5 folds (95 % t-interval 40.9 to 43.5 %)'; undefined with one run.
 */
function repetitionSentence(repetition: RepetitionSection, metric: string): string | undefined {
  const { name, over, runs, of } = repetition
  const found = repetition.scores[metric]
  if (found === undefined) return undefined
  const { label = metric, fraction = false } = scoreWords[metric] ?? {}
  const bare = (value: number): string => (fraction ? (100 * value).toFixed(1) : value.toFixed(3))
  const some = runs.length === of ? '' : ` of ${of}`
  const mean = scoreText(metric, found.mean)
  const what = `${name}: ${label} ${mean}`
  if (over === 'seeds')
    return `${what} ± ${bare(found.deviation)} (mean and deviation over ${runs.length}${some} seeds).`
  const range = `${bare(found.low)} to ${scoreText(metric, found.high)}`
  return `${what} in the mean of ${runs.length}${some} folds (95 % t-interval ${range}).`
}

/** One for each group of runs, of the metric that it is judged by first. */
export function repetitionSentences({ repetitions = [] }: ReportDocument): string[] {
  return repetitions.flatMap(
    (repetition) => repetitionSentence(repetition, headline(repetition.scores)) ?? [],
  )
}

/** The metric that a result is named by. */
export function headline(scores: Readonly<Record<string, unknown>>): 'top1' | 'mAP' {
  return 'mAP' in scores ? 'mAP' : 'top1'
}

/** What a list of means of folds is not. */
export const foldsCaution =
  'Runs of folds share training images, so their results are not independent, and no unbiased estimate of their variance exists (Bengio and Grandvalet, 2004): the t-interval is a guide, and rather too narrow.'

export function pairSentence(
  document: ReportDocument,
  pair: NonNullable<RunSection['confusedPairs']>[number],
): string {
  const share = percent(pair.count / pair.of, 0)
  return `${className(document, pair.label)} taken for ${className(document, pair.predicted)}: ${pair.count} of ${pair.of} (${share})`
}

/** The curves in words, for those who cannot see them. */
export function curveSentence({ history, best, config }: RunSection): string {
  const first = history[0]
  const last = history[history.length - 1]
  if (!first || !last) return 'No epochs were recorded.'
  const loss = `Training loss went from ${number(first.train.loss)} to ${number(last.train.loss)}`
  if (best === null) return `${loss}, in the mean of the folds; each fold has a best epoch of its own.`
  const kept = history.find(({ epoch }) => epoch === best.epoch)
  return `${loss}; epoch ${best.epoch + 1} of ${history.length} was kept${keptFor(kept?.validation, config)}.`
}

/** What validation said of the epoch that was kept: the metric that chose it, or top-1. */
function keptFor(
  validation: RunSection['history'][number]['validation'] | undefined,
  { bestBy }: RunSection['config'],
): string {
  const metric = typeof bestBy === 'string' ? bestBy : headline(validation ?? {})
  const value = validation?.[metric]
  if (typeof value !== 'number') return ''
  if (metric === 'top1') return `, with ${percent(value)} of the validation images right`
  return `, with ${metricWords(metric)} ${scoreText(metric, value)} on the validation images`
}

function number(value: number | null | undefined): string {
  return typeof value === 'number' ? value.toFixed(3) : 'a value that is not finite'
}

export function calibrationSentence({ name, meanConfidence = NaN, scores }: RunSection): string {
  const accuracy = percent(scores.top1?.value ?? 0)
  const gap = percent(scores.ece?.value ?? 0)
  return `${name} is ${percent(meanConfidence)} sure on average and right for ${accuracy}; expected calibration error ${gap}.`
}

/** 'linear-probe is right for 38.2 % of all, for 52.0 % of the half that it is surest of (confidence of 31 % or more).' */
export function coverageSentence({ name, coverage = [] }: RunSection): string {
  const all = coverage[coverage.length - 1]
  const half = coverage[coverage.length / 2 - 1]
  if (!all || !half) return `${name}: not recorded in this report.`
  return `${name} is right for ${percent(all.accuracy)} of all images, and for ${percent(half.accuracy)} of the half that it is surest of (confidence of ${percent(half.confidence, 0)} or more).`
}

/** Of more doubted labels than a tenth it is the classifier that is to be doubted. */
export const areCredible = (doubted: number, samples: number): boolean => doubted <= 0.1 * samples

/** 'linear-probe doubts 489 of 1,000 labels: it is too weak to judge them.' */
export function tooManySentence(name: string, doubted: number, samples: number): string {
  return `${name} doubts ${doubted.toLocaleString('en-US')} of ${count(samples, 'label')}: it is too weak to judge them. The most confident mistakes are where to look.`
}

/** By index, or where there are many by what the last run knows of them, its recall or average precision; classes that were not measured last. */
export function classOrder({ runs, data }: ReportDocument): number[] {
  const order = data.classes.map((_, c) => c)
  if (data.classes.length <= classesInOrder) return order
  const known = (c: number): number => {
    const { averagePrecision, recall } = runs[runs.length - 1]?.perClass[c] ?? {}
    return averagePrecision ?? recall?.value ?? Infinity
  }
  return order.sort((a, b) => known(a) - known(b) || a - b)
}
