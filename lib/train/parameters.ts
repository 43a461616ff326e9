/** How many values a learner has and trains. */
import type { Learner } from './learner'

/** Counts of the first stage; fixed positions are in the total. */
export function trainableParameters(learner: Learner): { total: number; trainable: number } {
  const [first] = learner.stages
  return {
    total: countValues(learner),
    trainable: first ? countValues(learner, new Set(learner.trainable(first))) : 0,
  }
}

/** Values of the named parameters; of all without names. */
export function countValues({ session }: Learner, names?: ReadonlySet<string>): number {
  return session
    .parameters()
    .filter(({ name }) => names?.has(name) ?? true)
    .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
}
