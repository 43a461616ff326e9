/** Which of the runs are one recipe trained several times, and what each of them scored. */
import { basename } from 'node:path'
import type { Run } from '../api'
import { IjepaError } from '../errors'
import type { Repetition } from '../train'

export interface RepeatedRun {
  readonly run: Run
  readonly repetition: Repetition
}

/** The runs of one call of `repeat`, in order; one at least. */
export interface RepetitionGroup {
  readonly over: Repetition['over']
  /** Name of the folder that holds the runs. */
  readonly name: string
  /** Of how many runs these are. */
  readonly of: number
  readonly members: readonly RepeatedRun[]
}

export function repetitionOf({ config }: Run): Repetition | undefined {
  return config.repetition as Repetition | undefined
}

/** @throws ERR_ARGUMENT: one of them is given twice */
export function repetitionGroups(runs: readonly Run[]): RepetitionGroup[] {
  const groups = new Map<string, RepeatedRun[]>()
  for (const run of runs) {
    const repetition = repetitionOf(run)
    if (repetition === undefined) continue
    const { kind, config } = run
    const { seed } = config.trainer as { seed: number }
    const { over, name, of } = repetition
    const key = JSON.stringify([over, name, of, kind, seed, config.recipe])
    groups.set(key, [...(groups.get(key) ?? []), { run, repetition }])
  }
  return [...groups.values()].map(groupOf)
}

function groupOf(members: readonly RepeatedRun[]): RepetitionGroup {
  const { over, name, of } = members[0]!.repetition
  const sorted = [...members].sort((a, b) => a.repetition.number - b.repetition.number)
  const twin = sorted.find(
    ({ repetition }, index) => repetition.number === sorted[index - 1]?.repetition.number,
  )
  if (twin !== undefined) {
    const message = `Expected every run of ${name} once, got ${basename(twin.run.directory)} twice`
    throw new IjepaError('ERR_ARGUMENT', message)
  }
  return { over, name, of, members: sorted }
}
