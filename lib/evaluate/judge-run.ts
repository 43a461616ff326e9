/** A run's answers on a split: what they are worth, and what is shown of them. */
import type { Run } from '../api'
import type { EvaluateConfig } from '../config'
import type { Split } from '../dataset'
import { groupAccuracyAsync, type Calibrated, type ColumnAccuracy } from '../metrics'
import { thumbnails } from '../native'
import { otherTrainImages, type Plan } from '../train'
import type { AccuracyResult } from './accuracy'
import { thumbnailSize, type EvaluatedRun, type EvaluateRunsOptions } from './evaluation'
import { explainAnswers } from './explanations'
import { groupColumns } from './group-columns'
import { representationHealth } from './health'
import { analysed, shownRows, type AnyAnalysis } from './label-kinds'
import { trainingViews } from './training-views'

/**
 * @param runs one run, or all of a cross-validation, whose answers are put together
 * @param calibratedBy 'stored': the classifier's temperature was fitted on other pictures than these
 */
export async function judgeRun(
  runs: readonly Run[],
  name: string,
  result: AccuracyResult,
  split: Split,
  { plan, config, signal, emit }: EvaluateRunsOptions,
  calibratedBy: Calibrated['judgedBy'] = 'stored',
): Promise<EvaluatedRun> {
  const { model } = result
  const [run, other] = runs as readonly [Run, ...Run[]]
  const analysis = await analysed(result, config, calibratedBy)
  // Explanations and the representation's neighbours are of one label a picture.
  const ofOneLabel = other === undefined && !('labelSets' in analysis) ? analysis : undefined
  const otherImages = other === undefined ? await otherTrainImages(run, plan.dataset, signal) : undefined
  const groups = await groupsOf(result, split, plan, config)
  signal.throwIfAborted()
  const nameOf = (sample: number) => printableName(split, sample)
  return {
    runs,
    name,
    analysis,
    groups,
    names: Array.from(result.samples, nameOf),
    thumbnails: config.thumbnails ? await picturesOf(analysis, result, split) : new Map<number, Uint8Array>(),
    views: config.thumbnails
      ? await trainingViews({ plan, run, model, size: thumbnailSize, signal })
      : undefined,
    explained:
      ofOneLabel && config.thumbnails
        ? await explainAnswers({
            ...{ plan, run, split, result, signal, emit },
            analysis: ofOneLabel,
            size: thumbnailSize,
          })
        : undefined,
    health:
      ofOneLabel && config.health && run.kind === 'linear-probe'
        ? await representationHealth({ plan, run, split, signal, emit })
        : undefined,
    precision: result.precision,
    imagesPerSecond: result.imagesPerSecond,
    ...(otherImages === undefined ? {} : { otherTrainImages: otherImages }),
    bad: result.bad.map(({ sample, reason }) => ({ file: nameOf(sample), reason })),
  }
}

/** Without the place of the data set, which is the same for all. */
export function printableName({ names, keyStarts }: Split, sample: number): string {
  return names[sample]?.slice(keyStarts[sample]) ?? String(sample)
}

async function groupsOf(
  result: AccuracyResult,
  split: Split,
  { dataset: { train, classes } }: Plan,
  { suites, groups: wanted }: EvaluateConfig,
): Promise<readonly ColumnAccuracy[]> {
  if (!suites.includes('bias')) return []
  const columns = groupColumns({ split, samples: result.samples, train, classes, wanted })
  return columns.length > 0 ? groupAccuracyAsync(result, columns) : []
}

async function picturesOf(
  analysis: AnyAnalysis,
  result: AccuracyResult,
  split: Split,
): Promise<Map<number, Uint8Array>> {
  const rows = shownRows(analysis)
  const samples = Int32Array.from(rows, (row) => result.samples[row] ?? 0)
  const pictures = await thumbnails(split.table, samples, thumbnailSize)
  return new Map(rows.flatMap((row, i) => (pictures[i] ? [[row, pictures[i]] as const] : [])))
}
