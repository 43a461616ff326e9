/** The rates that findLearningRate tries. */
import { group, integer, number, option } from './fields'
import { expected, type ConfigIssue } from './issues'
import { validate } from './validate'

const schema = group({
  from: option(number({ above: 0 }), 'Lowest learning rate (default 1e-7)'),
  to: option(number({ above: 0 }), 'Highest learning rate (default 1)'),
  steps: option(integer({ from: 10, to: 100_000 }), 'Updates, one a rate (default 100)'),
})

interface Range {
  from: number
  to: number
  steps: number
}

const defaults: Range = { from: 1e-7, to: 1, steps: 100 }

/** @throws IjepaError ERR_CONFIG */
export function resolveRateRange(options: { [K in keyof Range]?: Range[K] | undefined }): Range {
  const rules = (given: Readonly<Record<string, unknown>>): ConfigIssue[] => {
    const { from, to } = { ...defaults, ...given }
    return typeof from === 'number' && typeof to === 'number' && to <= from
      ? [expected(`a number above from (${from})`, 'to', to)]
      : []
  }
  return { ...defaults, ...validate(schema, options, rules) }
}
