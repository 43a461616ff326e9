/** Weights of the classes in the loss. */
import type { FinetuneConfig } from '../config'
import { IjepaError } from '../errors'

interface Counted {
  readonly classes: readonly string[]
  /** Training pictures of each class. */
  readonly perClass: readonly number[]
}

/**
 * A weight for each class, in order; none where all are 1. 'balanced': pictures / (classes · pictures of the class), so that
 * the mean over the pictures is 1, as scikit-learn's compute_class_weight; 1 for a class without pictures. Named weights: 1 for
 * a class that is not named.
 *
 * @throws IjepaError ERR_CONFIG: a name that is no class's.
 */
export function classWeights(
  weights: FinetuneConfig['classWeights'],
  { classes, perClass }: Counted,
): number[] {
  if (weights === 'none') return []
  if (weights === 'balanced') return balanced(perClass)
  const unknown = Object.keys(weights).filter((name) => !classes.includes(name))
  if (unknown.length === 0) return classes.map((name) => weights[name] ?? 1)
  throw new IjepaError(
    'ERR_CONFIG',
    `Expected names of classes for classWeights, got ${unknown.map((name) => `'${name}'`).join(', ')}; ` +
      `the classes are ${classes.slice(0, 20).join(', ')}${classes.length > 20 ? ', …' : ''}`,
    { issues: unknown.map((name) => ({ path: `classWeights.${name}`, message: `'${name}' is no class` })) },
  )
}

function balanced(perClass: readonly number[]): number[] {
  const present = perClass.filter((count) => count > 0)
  const pictures = present.reduce((sum, count) => sum + count, 0)
  return perClass.map((count) => (count === 0 ? 1 : pictures / (present.length * count)))
}
