/** One recipe trained several times: with another seed each time, or without another part of train. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { RepetitionConfig } from '../config'
import type { Folds } from '../dataset'
import { orFileError } from './durable-files'
import type { Plan } from './plan'

/** Which of the repetitions a run is, as its config.json records it. */
export interface Repetition {
  readonly over: 'seeds' | 'folds'
  /** Name of the folder that holds the runs. */
  readonly name: string
  /** From 1. */
  readonly number: number
  readonly of: number
  /** Of order, head and draws; splits and subsets keep the trainer's. */
  readonly seed: number
}

/** A new folder `directory/name-seeds` or `-folds`, with a number where that exists; the runs' folders come into it. */
export async function repetitionFolder(
  directory: string,
  name: string,
  { over }: RepetitionConfig,
): Promise<string> {
  await orFileError(directory, () => mkdir(directory, { recursive: true }))
  for (let number = 1; ; number++) {
    const path = join(directory, number === 1 ? `${name}-${over}` : `${name}-${over}-${number}`)
    const isNew = await orFileError(path, () => mkdir(path)).then(
      () => true,
      (error: unknown) => {
        const { cause } = error as { cause?: NodeJS.ErrnoException }
        if (cause?.code === 'EEXIST') return false
        throw error
      },
    )
    if (isNew) return path
  }
}

/** 'finetune-seed-1', 'finetune-fold-5'. */
export function repeatedName(name: string, { over, number }: Repetition): string {
  return `${name}-${over === 'seeds' ? 'seed' : 'fold'}-${number}`
}

/** Seeds: the plan's, and those after it. Folds: the plan's seed, and the fold's own data. */
export async function repeatedPlan(
  plan: Plan,
  repetition: Omit<Repetition, 'seed'>,
  folds: Folds | undefined,
  signal?: AbortSignal,
): Promise<Plan> {
  const index = repetition.number - 1
  const seed = plan.seed + (repetition.over === 'seeds' ? index : 0)
  const dataset = folds === undefined ? plan.dataset : await folds.open(index, signal)
  return { ...plan, seed, dataset, repetition: { ...repetition, seed } }
}
