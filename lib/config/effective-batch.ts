/** Pictures in an update: those of `gradientAccumulation` batches, which are computed one after another. */
export const effectiveBatch = (recipe: {
  readonly batchSize: number
  readonly gradientAccumulation: number
}): number => recipe.batchSize * recipe.gradientAccumulation
