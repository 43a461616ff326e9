/** Pictures whose shape is of one category and whose texture of another: which of the two a run goes by. */
import { basename } from 'node:path'
import type { Precision, Run } from '../api'
import { openSplit, type Split } from '../dataset'
import { IjepaError } from '../errors'
import { cueConflictScores, largestCategory, type CueConflictScores } from '../metrics'
import type { Plan } from '../train'
import { evaluateAccuracy } from './accuracy'
import { categoryClasses, cueCategories } from './cue-categories'

export interface CueConflict extends CueConflictScores {
  /** Files and pictures that could not be read. */
  readonly skipped: number
}

export interface OpenedCueConflict {
  /** Labels are categories of the shape. */
  readonly split: Split & { readonly skipped: readonly unknown[] }
  /** Category of each picture's texture. */
  readonly texture: Int32Array
  /** Class indices of each category. */
  readonly groups: readonly (readonly number[])[]
}

/**
 * Folders of the shape's category with files such as `airplane1-bicycle2.png`, the texture's last.
 * @throws ERR_DATASET: classes that are not the categories', and files called otherwise
 */
export async function openCueConflict(
  source: string,
  plan: Plan,
  signal: AbortSignal,
): Promise<OpenedCueConflict> {
  const groups = categoryClasses(plan.dataset.classes)
  const { onBadImage } = plan.loading
  const split = await openSplit(source, cueCategories, { signal, onBadImage, option: 'cueConflict' })
  return { split, texture: Int32Array.from(split.names, textureOf), groups }
}

/** 'bird' of 'XXX_dog10-bird2.png'. */
function textureOf(name: string): number {
  const word = /-([a-z]+)\d*\.\w+$/i.exec(basename(name))?.[1]?.toLowerCase() ?? ''
  const category = cueCategories.indexOf(word)
  if (category >= 0) return category
  const message = `cueConflict: expected a name such as airplane1-bicycle2.png, the texture's category last, found ${JSON.stringify(name)}`
  throw new IjepaError('ERR_DATASET', message, { file: name })
}

export interface CueConflictOptions {
  readonly plan: Plan
  readonly run: Run
  readonly precision: Precision
  readonly signal: AbortSignal
  readonly onProgress: (done: number) => void
}

/** Decisions by the mean of the probabilities of each category's classes, as Geirhos et al. have it. */
export async function evaluateCueConflict(
  { split, texture, groups }: OpenedCueConflict,
  { plan, run, precision, signal, onProgress }: CueConflictOptions,
): Promise<CueConflict> {
  const { loading, device, dataset } = plan
  const { classes } = dataset
  const own = { ...loading, device, precision, model: run.directory, split, classes, signal, onProgress }
  const { logits, labels, samples, bad } = await evaluateAccuracy(own)
  const decided = Int32Array.from(samples, (_, row) =>
    largestCategory(logits.subarray(row * classes.length, (row + 1) * classes.length), groups),
  )
  const textures = samples.map((sample) => texture[sample]!)
  const scores = cueConflictScores({
    categories: cueCategories,
    ...{ shape: labels, texture: textures, decided },
  })
  return { ...scores, skipped: split.skipped.length + bad.length }
}
