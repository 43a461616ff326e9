/** Shape against texture: what a classifier goes by where the two say different things. */
import { IjepaError } from '../errors'
import { wilsonInterval } from './intervals'
import type { Estimate } from './robustness'
import { softmax } from './softmax'

/** Category indices of N pictures. */
export interface CueConflictResults {
  readonly categories: readonly string[]
  /** [N] */
  readonly shape: ArrayLike<number>
  /** [N] */
  readonly texture: ArrayLike<number>
  /** [N], what was decided. */
  readonly decided: ArrayLike<number>
}

/** Shares of the decisions. */
export interface CueShares {
  readonly images: number
  readonly shape: Estimate
  readonly texture: Estimate
  /** Neither. */
  readonly other: Estimate
  /** Decisions for the shape, of those for the shape or the texture; null without any. */
  readonly shapeBias: Estimate | null
}

export interface CueConflictScores extends CueShares {
  /** Pictures whose shape and texture are of one category: no conflict, and left out. */
  readonly agreeing: number
  /** By the category of the shape; those without pictures are listed without shares. */
  readonly categories: readonly { readonly name: string; readonly shares: CueShares | null }[]
}

/**
 * Shape bias (R. Geirhos et al., "ImageNet-trained CNNs are biased towards texture", ICLR 2019), with Wilson's 95 % intervals.
 * @throws ERR_ARGUMENT: no picture whose shape and texture differ
 */
export function cueConflictScores(results: CueConflictResults): CueConflictScores {
  const { categories, shape, texture } = results
  const rows = Array.from({ length: shape.length }, (_, row) => row)
  const conflicts = rows.filter((row) => shape[row] !== texture[row])
  if (conflicts.length === 0) {
    throw new IjepaError('ERR_ARGUMENT', 'Expected pictures whose shape and texture differ, got none')
  }
  return {
    ...sharesOf(conflicts, results),
    agreeing: rows.length - conflicts.length,
    categories: categories.map((name, category) => {
      const own = conflicts.filter((row) => shape[row] === category)
      return { name, shares: own.length > 0 ? sharesOf(own, results) : null }
    }),
  }
}

function sharesOf(rows: readonly number[], { shape, texture, decided }: CueConflictResults): CueShares {
  const images = rows.length
  const byShape = rows.filter((row) => decided[row] === shape[row]).length
  const byTexture = rows.filter((row) => decided[row] === texture[row]).length
  const either = byShape + byTexture
  return {
    images,
    shape: share(byShape, images),
    texture: share(byTexture, images),
    other: share(images - either, images),
    shapeBias: either > 0 ? share(byShape, either) : null,
  }
}

const share = (count: number, of: number): Estimate => ({ value: count / of, ...wilsonInterval(count, of) })

/**
 * The category with the largest mean of its classes' probabilities (softmax in float64), the first of equal ones.
 * @param logits [classes], of one picture
 * @param groups class indices of each category, none empty
 */
export function largestCategory(logits: ArrayLike<number>, groups: readonly (readonly number[])[]): number {
  const probabilities = softmax(logits)
  const means = groups.map(
    (group) => group.reduce((sum, index) => sum + probabilities[index]!, 0) / group.length,
  )
  return means.indexOf(Math.max(...means))
}
