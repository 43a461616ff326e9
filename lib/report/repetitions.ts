/** Several runs of one recipe as report.json holds them, and as one where a cross-validation is shown. */
import type { RepetitionInput, RepetitionSection, RunInput } from './report-data'

export function repetitionSection({ over, name, of, runs, scores }: RepetitionInput): RepetitionSection {
  return {
    over,
    name,
    of,
    runs: runs.map((run) => ({
      name: run.name,
      directory: run.directory,
      seed: run.seed,
      samples: run.scores.samples,
      epochs: run.history.length,
      bestEpoch: run.best.epoch,
      seconds: run.history.reduce((sum, epoch) => sum + epoch.seconds, 0),
      scores: numbersOf(run.scores),
    })),
    scores: Object.fromEntries(Object.entries(scores).filter(([metric]) => metric !== 'samples')),
  }
}

function numbersOf({
  samples: _,
  ...scores
}: RepetitionInput['runs'][number]['scores']): Record<string, number> {
  const entries = Object.entries(scores) as [string, unknown][]
  return Object.fromEntries(
    entries.filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number' && Number.isFinite(entry[1]),
    ),
  )
}

type History = RunInput['history']
type Metrics = History[number]['train']

/** Epoch by epoch the means over the runs that came so far, and the time of all of them. */
export function meanHistory(histories: readonly History[]): History {
  const epochs = Math.max(...histories.map((history) => history.length))
  return Array.from({ length: epochs }, (_, epoch) => {
    const events = histories.flatMap((history) => history[epoch] ?? [])
    const validation = meanMetrics(events.flatMap((event) => event.validation ?? []))
    return {
      type: 'epoch' as const,
      epoch,
      epochs: Math.max(...events.map((event) => event.epochs)),
      train: meanMetrics(events.map((event) => event.train))!,
      ...(validation ? { validation } : {}),
      best: false,
      seconds: events.reduce((sum, event) => sum + event.seconds, 0),
    }
  })
}

/** Of what all of them have; undefined of none. */
function meanMetrics(metrics: readonly Metrics[]): Metrics | undefined {
  const [first] = metrics
  if (first === undefined) return undefined
  const means = Object.keys(first).map((name) => {
    const sum = metrics.reduce((all, one) => all + (one[name] ?? NaN), 0)
    return [name, sum / metrics.length] as const
  })
  return Object.fromEntries(means) as Metrics
}
