/** What `repeat` is asked for: which kind of run, and over what. */
import { group, integer, oneOf, option } from './fields'
import { expected, type ConfigIssue } from './issues'
import { validate } from './validate'

/** More is a mistake rather than a wish: each is a whole run. */
const mostRuns = 100

export const repeatedShape = {
  seeds: option(
    integer({ from: 2, to: mostRuns }),
    'Train so many times, with the seed and those after it: mean and deviation',
  ),
  folds: option(
    integer({ from: 2, to: mostRuns }),
    'Cross-validate: train so many times, each without another part of train, which judges it',
  ),
}

const schema = group({ kind: oneOf(['linear-probe', 'finetune']), ...repeatedShape })

export interface RepetitionConfig {
  readonly kind: 'linear-probe' | 'finetune'
  readonly over: 'seeds' | 'folds'
  readonly runs: number
}

/** @throws IjepaError ERR_CONFIG */
export function resolveRepetition(kind: unknown, over: unknown): RepetitionConfig {
  const rules = ({ seeds, folds }: Readonly<Record<string, unknown>>): ConfigIssue[] =>
    (seeds === undefined) === (folds === undefined) ? [expected('either seeds or folds', 'over', over)] : []
  const given = validate(schema, { kind, ...Object(over) }, rules)
  const { seeds, folds } = given
  return seeds === undefined
    ? { kind: given.kind, over: 'folds', runs: folds! }
    : { kind: given.kind, over: 'seeds', runs: seeds }
}
