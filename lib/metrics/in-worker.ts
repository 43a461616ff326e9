/** The metrics in a worker thread: the same results, the event loop free meanwhile. */
import { join } from 'node:path'
import type { Scores } from '../api'
import { runInWorker, sharedFloats } from '../worker'
import type { Analysis, AnalyseOptions } from './analyse'
import type { Comparison } from './compare'
import { crossed, type CrossingAnalysis, type CrossingScores } from './crossing'
import type { ColumnAccuracy, GroupColumn } from './group-accuracy'
import { truthOf } from './decisions'
import type { BootstrapOptions } from './intervals'
import type { LabelSetAnalysis, LabelSetComparison, LabelSetOptions, LabelSetPredictions } from './label-sets'
import { checkPredictions, type Predictions } from './predictions'
import type { CorruptionResults, RobustnessScores } from './robustness'
import type { SensitivityResults, SensitivityScores } from './sensitivity'
import { fitTemperature, type FittedTemperature } from './temperature'

const crossing = join(__dirname, 'crossing')

/** `score` in a worker thread. @throws as score */
export async function scoreAsync(predictions: Predictions): Promise<Scores> {
  const inputs = await shared(predictions)
  return crossed(await runInWorker<CrossingScores>(crossing, 'scoreToCross', inputs))
}

/** `analyse` in a worker thread. @throws as score */
export async function analyseAsync(
  predictions: Predictions,
  options: AnalyseOptions = {},
): Promise<Analysis> {
  const inputs = [await shared(predictions), options]
  const { scores, ...analysis } = await runInWorker<CrossingAnalysis>(crossing, 'analysisToCross', ...inputs)
  return { ...analysis, scores: crossed(scores) }
}

/** `compare` in a worker thread. @throws as compare */
export async function compareAsync(
  first: Predictions,
  second: Predictions,
  options: BootstrapOptions = {},
): Promise<Comparison> {
  const inputs = [await shared(first), await shared(second), options]
  return runInWorker(join(__dirname, 'compare'), 'compare', ...inputs)
}

/** `robustnessScores` in a worker thread. */
export async function robustnessScoresAsync(results: CorruptionResults): Promise<RobustnessScores> {
  return runInWorker(join(__dirname, 'robustness'), 'robustnessScores', results)
}

/** `sensitivityScores` in a worker thread. */
export async function sensitivityScoresAsync(results: SensitivityResults): Promise<SensitivityScores> {
  return runInWorker(join(__dirname, 'sensitivity'), 'sensitivityScores', results)
}

/** `groupAccuracy` in a worker thread. @throws as score */
export async function groupAccuracyAsync(
  predictions: Predictions,
  columns: readonly GroupColumn[],
): Promise<ColumnAccuracy[]> {
  const inputs = [await shared(predictions), columns]
  return runInWorker(join(__dirname, 'group-accuracy'), 'groupAccuracy', ...inputs)
}

/** More logits than these take long enough to be worth a thread. */
const fewLogits = 50_000

/** `fitTemperature`, of many logits in a worker thread. */
export async function fitTemperatureAsync(predictions: Predictions): Promise<FittedTemperature | undefined> {
  if (predictions.logits.length <= fewLogits) return fitTemperature(predictions)
  return runInWorker(join(__dirname, 'temperature'), 'fitTemperature', await shared(predictions))
}

/** `analyseLabelSets` in a worker thread. @param labelSets class indices of each row @throws as analyseLabelSets */
export async function analyseLabelSetsAsync(
  logits: Float32Array,
  labelSets: readonly (readonly number[])[],
  options: LabelSetOptions = {},
): Promise<LabelSetAnalysis> {
  const predictions = await sharedSets(logits, labelSets)
  return runInWorker(join(__dirname, 'label-sets'), 'analyseLabelSets', predictions, options)
}

/** `compareLabelSets` in a worker thread. @throws as compareLabelSets */
export async function compareLabelSetsAsync(
  first: Float32Array,
  second: Float32Array,
  labelSets: readonly (readonly number[])[],
  options: BootstrapOptions = {},
): Promise<LabelSetComparison> {
  const inputs = [await sharedSets(first, labelSets), await sharedSets(second, labelSets), options]
  return runInWorker(join(__dirname, 'label-sets'), 'compareLabelSets', ...inputs)
}

async function sharedSets(
  logits: Float32Array,
  labelSets: readonly (readonly number[])[],
): Promise<LabelSetPredictions> {
  const samples = labelSets.length
  const truth = truthOf(labelSets, logits.length / Math.max(1, samples))
  return { logits: await sharedFloats(logits), truth, samples }
}

async function shared(predictions: Predictions): Promise<Predictions> {
  checkPredictions(predictions)
  const { labels, groups } = predictions
  return { logits: await sharedFloats(predictions.logits), labels, ...(groups ? { groups } : {}) }
}
