/** What the quick budget chose for an evaluation: kept, so that one that was stopped goes on with the same. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { allCorruptions } from '../config'
import type { Split } from '../dataset'
import { packageVersion } from '../native'
import type { AccuracyResult } from './accuracy'
import type { EvaluateRunsOptions } from './evaluation'
import { KeptResults } from './kept-results'
import { modelStamp } from './model-stamp'
import { quickChoice, type QuickChoice } from './quick-budget'
import { budgetLine } from './quick-words'
import { measuredSpeed } from './quick-speed'

/** The options with what the quick budget has time for, which is said; with the full one as they are. */
export async function withinBudget(
  options: EvaluateRunsOptions,
  results: readonly AccuracyResult[],
  split: Split,
  fingerprint: string,
): Promise<EvaluateRunsOptions> {
  const { plan, runs, config, signal } = options
  const { suites, robustness, sensitivity, maxImages, precision } = config
  const isAsked = sensitivity || suites.includes('robustness') || suites.includes('labelEfficiency')
  if (config.budget === 'full' || !isAsked) return options
  const file = join(runs[0]!.directory, 'suites', 'quick-budget.json')
  const kept = await KeptResults.open(file, { version: packageVersion() }, isChoice)
  const models = await Promise.all(runs.map(modelStamp))
  const { device } = plan
  const identity = { models, device, precision, fingerprint, suites, robustness, sensitivity, maxImages }
  const key = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32)
  const quick = await kept.result(key, async () => {
    const speed = await measuredSpeed(results, config, { plan, split, signal })
    return quickChoice(speed, config, split.labels.length)
  })
  const message = budgetLine(options, quick, split.labels.length)
  options.emit({ type: 'warning', code: 'WARN_BUDGET', message })
  const { corruptions, severities } = quick
  return { ...options, quick, config: { ...config, robustness: { ...robustness, corruptions, severities } } }
}

function isChoice(value: unknown): value is QuickChoice {
  if (typeof value !== 'object' || value === null) return false
  const { images, corruptions, severities, encodedImages, judgedImages, speed } = value as QuickChoice
  const isKnown = (names: unknown, known: (one: never) => boolean) =>
    Array.isArray(names) && (names as never[]).every(known)
  return (
    [images, encodedImages, judgedImages].every((count) => Number.isSafeInteger(count) && count >= 0) &&
    isKnown(corruptions, (name: string) => allCorruptions.some((one) => one === name)) &&
    isKnown(severities, (severity: number) => [1, 2, 3, 4, 5].includes(severity)) &&
    typeof speed === 'object' &&
    [speed.encoding, speed.changed].every((seconds) => seconds > 0)
  )
}
