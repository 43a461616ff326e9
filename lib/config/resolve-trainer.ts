/** Options of Trainer.create -> one frozen configuration. */
import type { DataOptions, Source, TrainerOptions } from '../api'
import type { DataConfig, TrainerConfig } from './config'
import { deepFreeze } from './deep-freeze'
import { group } from './fields'
import type { ConfigIssue } from './issues'
import { dataShape, trainerShape } from './trainer-schema'
import { validate } from './validate'

const trainerSchema = group(trainerShape)
const dataSchema = group(dataShape)

/**
 * The configuration of a trainer: seed 0, runs in `runs`, device 'auto', 10 % of train held out for validation.
 *
 * @throws IjepaError ERR_CONFIG: with every issue in `details.issues`.
 */
export function resolveTrainer(options: TrainerOptions): TrainerConfig {
  const given = validate<TrainerOptions>(trainerSchema, options, ({ data }) =>
    dataRules(data).map((issue) => ({ ...issue, path: `data.${issue.path}` })),
  )
  const { encoder, data, preprocessing = {}, device = 'auto', seed = 0, directory = 'runs' } = given
  const { threads, memoryLimit } = given
  const granted = {
    ...(threads === undefined ? {} : { threads }),
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
  }
  const rest = { encoder, preprocessing, device, ...granted, seed, directory }
  return Object.freeze({ ...deepFreeze(rest), data: completeData(data) })
}

/** The data of a trainer by itself, as Trainer.open and `evaluate` take it. */
export function resolveData(options: DataOptions): DataConfig {
  return completeData(validate<DataOptions>(dataSchema, options, dataRules))
}

/** Lists of samples are the caller's and may be long: they are kept as they are, neither copied nor frozen. */
const completeData = (data: DataOptions): DataConfig =>
  Object.freeze({
    ...data,
    validation: data.validation ?? Object.freeze({ fraction: 0.1 }),
    onBadImage: data.onBadImage ?? 'throw',
    alpha: data.alpha ?? 'white',
  } satisfies DataConfig & { train: Source })

function dataRules(data: unknown): ConfigIssue[] {
  const { subset } = (data ?? {}) as {
    subset?: { fraction?: unknown; perClass?: unknown; list?: unknown } | null
  }
  const ways = [subset?.fraction, subset?.perClass, subset?.list].filter((way) => way !== undefined)
  if (ways.length <= 1) return []
  return [
    {
      path: 'subset',
      message: 'Contradicting options: give one of subset.fraction, subset.perClass, subset.list',
    },
  ]
}
