/** What a trainer works on, from its options: encoder, data, device; and what a recipe is resolved for. */
import { resolvePreprocessing, type RecipeContext, type TrainerConfig } from './config'
import { canHoldOutGroups, openDataset, openFolds, type Dataset } from './dataset'
import { IjepaError } from './errors'
import { openEncoder } from './inference'
import { environment, fasterLinearKernel, grantedProcessors, resolveDevice } from './native'
import type { Conditions, Plan, Repetition } from './train'

/** What a run had that is opened again: its conditions where it goes on (else they are measured anew), and which of several it is. */
export interface Before {
  readonly conditions?: Pick<Conditions, 'threads' | 'linearKernel'>
  readonly repetition?: Repetition
}

/** Reads the encoder's headers and lists the data; nothing is decoded or computed yet. */
export async function planOf(
  config: TrainerConfig,
  { conditions: before, repetition }: Before,
  signal: AbortSignal | undefined,
): Promise<Plan> {
  const device = resolveDevice(config.device)
  const encoder = await openEncoder(config.encoder)
  const dataset = await datasetOf(config, repetition, signal)
  const saved = encoder.checkpoint?.classifier?.preprocessing
  const { preprocessing, warnings } = resolvePreprocessing(config.preprocessing, saved, 'encoder')
  const compute = { device, ...(await computeOf(config, before)), seed: repetition?.seed ?? config.seed }
  const { alpha, onBadImage, groupBy } = config.data
  const { threads } = compute
  const loading = { geometry: encoder.geometry, preprocessing, threads, alpha, onBadImage }
  const known = [...(encoder.checkpoint?.info.warnings ?? []), ...warnings]
  const whole = { encoder, dataset, preprocessing, ...compute, warnings: known, loading }
  return {
    ...whole,
    ...memoryOf(config, device),
    ...(groupBy === undefined
      ? {}
      : { groupBy, holdsOut: await canHoldOutGroups(dataset.train, groupBy, signal) }),
    ...(repetition === undefined ? {} : { repetition }),
  }
}

async function computeOf(config: TrainerConfig, before: Before['conditions']) {
  const threads = before?.threads ?? config.threads ?? grantedProcessors()
  return { threads, linearKernel: before?.linearKernel ?? (await fasterLinearKernel(threads)) }
}

function memoryOf({ memoryLimit }: TrainerConfig, device: string): Pick<Plan, 'memoryLimit'> {
  if (memoryLimit === undefined) return {}
  if (device === 'cpu') return { memoryLimit }
  const message = `memoryLimit is of runs on the CPU, this one is on ${device}: leave it out`
  throw new IjepaError('ERR_UNSUPPORTED', message)
}

async function datasetOf(
  { data, seed }: TrainerConfig,
  repetition: Repetition | undefined,
  signal: AbortSignal | undefined,
): Promise<Dataset> {
  const context = { seed, ...(signal ? { signal } : {}) }
  if (repetition?.over !== 'folds') return openDataset(data, context)
  const folds = await openFolds(data, { ...context, count: repetition.of })
  return folds.open(repetition.number - 1, signal)
}

/** Of a run on this plan. */
export function recipeContext({ encoder, dataset, device, holdsOut = true }: Plan): RecipeContext {
  const cuda = device !== 'cpu'
  return {
    depth: encoder.geometry.depth,
    embedDim: encoder.geometry.embedDim,
    trainImages: dataset.train.labels.length,
    classes: dataset.classes.length,
    everyClass: dataset.train.perClass.every((pictures) => pictures > 0),
    holdsOut,
    multiLabel: dataset.multiLabel,
    validates: dataset.validation !== undefined,
    cuda,
    bf16: cuda || environment().cpuBf16,
  }
}
