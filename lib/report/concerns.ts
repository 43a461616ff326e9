/** What to worry about before believing the numbers, one sentence each, from the report's data alone. */
import { healthConcerns } from './health'
import { leakSentence } from './leak-words'
import type { RepetitionSection, ReportDocument, RunSection } from './report-data'
import { foldsCaution, headline } from './sentences'
import { percent, count, className, listed, metricWords } from './words'

/** Fewer images than this say little about a class. */
const fewImages = 10
/** Half a 95 % interval of top-1, or mAP, above which the split is small. */
const wideHalfInterval = 0.02
const largeCalibrationError = 0.05
const largeOverfit = 0.1
const largeShare = 0.5

export function concernsOf(document: ReportDocument): string[] {
  return [
    ...[leakSentence(document) ?? []].flat(),
    ...splitConcerns(document),
    ...classConcerns(document),
    ...document.runs.flatMap((run) => [...runConcerns(document, run), ...healthConcerns(run)]),
    ...seedConcern(document),
    ...foldsConcern(document),
    ...skippedConcern(document),
  ]
}

function splitConcerns({ evaluation, runs }: ReportDocument): string[] {
  const out: string[] = []
  if (evaluation.usedFor.length > 0) {
    out.push(
      `The ${evaluation.split} images also chose ${listed(evaluation.usedFor)}: the numbers are somewhat too good. Judge on a test split that chose nothing.`,
    )
  }
  const metric = headline(runs[0]?.scores ?? {})
  const halves = runs.map(({ scores }) => ((scores[metric]?.high ?? 0) - (scores[metric]?.low ?? 0)) / 2)
  const widest = Math.max(...halves)
  if (widest > wideHalfInterval) {
    out.push(
      `With ${count(evaluation.samples, 'image')} ${metricWords(metric)} is known to about ± ${(100 * widest).toFixed(1)} points: smaller differences may be chance.`,
    )
  }
  return out
}

function classConcerns(document: ReportDocument): string[] {
  const { split } = document.evaluation
  const perClass = document.runs[0]?.perClass ?? []
  const out: string[] = []
  const absent = perClass.filter(({ samples }) => samples === 0)
  const few = perClass.filter(({ samples }) => samples > 0 && samples < fewImages)
  const largest = perClass.reduce((a, b) => (b.samples > a.samples ? b : a), { class: 0, samples: 0 })
  if (absent.length > 0) {
    const names = listed(absent.map((entry) => className(document, entry.class)))
    out.push(`${names}: no ${split} images, so not measured, and left out of every mean over classes.`)
  }
  if (few.length > 0) {
    const names = few.map((entry) => `${className(document, entry.class)} (${entry.samples})`)
    out.push(`Fewer than ${fewImages} ${split} images: ${listed(names)}. Their own numbers say little.`)
  }
  const share = largest.samples / document.evaluation.samples
  if (share > largeShare && !document.evaluation.labels) {
    out.push(
      `Always answering ${className(document, largest.class)} would already be right for ${percent(share)}: read the mean per class, not top-1.`,
    )
  }
  return out
}

function runConcerns(document: ReportDocument, run: RunSection): string[] {
  const never = run.perClass.filter(({ samples, predicted }) => samples > 0 && predicted === 0)
  return [
    ...(never.length > 0
      ? [`${run.name} never answers ${listed(never.map((entry) => className(document, entry.class)))}.`]
      : []),
    ...calibrationConcern(run),
    ...overfitConcern(document, run),
    ...lastEpochConcern(run),
  ]
}

/** Only where the images show it: the mean confidence lies outside the interval of top-1. */
function calibrationConcern({
  name,
  scores: { ece, top1 },
  meanConfidence,
  calibrated,
}: RunSection): string[] {
  if (!ece || !top1 || meanConfidence === undefined || ece.value <= largeCalibrationError) return []
  const { value, low = value, high = value } = top1
  if (meanConfidence >= low && meanConfidence <= high) return []
  const advice = calibrated
    ? `Ask for calibrated probabilities: ECE ${percent(calibrated.ece)} in place of ${percent(ece.value)}.`
    : 'Do not read its probabilities as chances.'
  const direction = meanConfidence > value ? 'overconfident' : 'underconfident'
  return [
    `${name} is ${direction}: it says ${percent(meanConfidence, 0)} on average and is right for ${percent(value, 0)}. ${advice}`,
  ]
}

function overfitConcern({ evaluation }: ReportDocument, { name, history, scores }: RunSection): string[] {
  const trained = history.find(({ best }) => best)?.train.top1 ?? history[history.length - 1]?.train.top1
  const accuracy = scores.top1?.value
  if (typeof trained !== 'number' || accuracy === undefined || trained - accuracy <= largeOverfit) return []
  return [
    `${name} has ${percent(trained)} of its training images right and ${percent(accuracy)} of ${evaluation.split}: it fits what it has seen better than what it has not. More images, or stronger augmentation, help most.`,
  ]
}

/** Of a probe the last epoch is the best by rule. */
function lastEpochConcern({ kind, name, history, best }: RunSection): string[] {
  if (kind === 'linear-probe') return []
  const validated = history.filter(({ validation }) => validation !== null)
  if (validated.length < 3 || validated[validated.length - 1]?.epoch !== best?.epoch) return []
  return [`${name} was at its best in its last epoch: it may not have finished learning; try more epochs.`]
}

function seedConcern({ runs, repetitions = [] }: ReportDocument): string[] {
  const repeated = new Set(repetitions.filter(({ runs: several }) => several.length > 1).flatMap(namesOfRuns))
  const once = runs.filter(({ name }) => !repeated.has(name))
  if (once.length === 0) return []
  const seeds = [...new Set(once.map(({ seed }) => seed))]
  const who =
    once.length === runs.length
      ? 'Each run was'
      : `${listed(once.map(({ name }) => name))} ${once.length === 1 ? 'was' : 'were'}`
  const words = seeds.length === 1 ? `seed ${seeds[0] ?? 0}` : `seeds ${listed(seeds.map(String))}`
  return [
    `${who} trained once (${words}): the intervals cover the choice of images, not the luck of training.`,
  ]
}

/** Of folds the answers of all stand as one run, by the folder's name. */
function namesOfRuns({ over, name, runs }: RepetitionSection): string[] {
  return over === 'seeds' ? runs.map((run) => run.name) : [name]
}

function foldsConcern({ repetitions = [] }: ReportDocument): string[] {
  return repetitions.some(({ over }) => over === 'folds') ? [foldsCaution] : []
}

function skippedConcern({ data: { skipped } }: ReportDocument): string[] {
  if (skipped.count === 0) return []
  return [
    `${count(skipped.count, 'file')} could not be read and ${skipped.count === 1 ? 'was' : 'were'} left out; they are listed below.`,
  ]
}
