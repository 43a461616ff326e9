/** What the flags of each command give. */
import type {
  ContactSheetOptions,
  DataOptions,
  Device,
  EvaluateOptions,
  FinetuneOptions,
  LinearProbeOptions,
  Precision,
  PredictOptions,
  Preprocessing,
  TrainerOptions,
} from '../api'

export type CommandName =
  'probe' | 'finetune' | 'evaluate' | 'report' | 'predict' | 'data' | 'inspect' | 'cache' | 'doctor'

interface TrainingScript {
  help?: boolean
  printConfig?: boolean
  estimate?: boolean
  profile?: boolean
  resume?: string
  /** Runs of `repeat`. */
  seeds?: number
  folds?: number
}

/** By the call that takes them; `script` is for the script itself. */
export interface CommandFlags {
  probe: {
    trainer: TrainerOptions
    recipe: LinearProbeOptions
    script: TrainingScript
  }
  finetune: {
    trainer: TrainerOptions
    recipe: FinetuneOptions
    script: TrainingScript & { findLearningRate?: boolean | string }
  }
  evaluate: {
    open: { data?: Partial<DataOptions>; device?: Device }
    evaluate: EvaluateOptions
    script: { help?: boolean; out?: string; profile?: boolean }
  }
  report: { script: { help?: boolean; out?: string; compare?: boolean } }
  predict: {
    load: {
      device?: Device
      precision?: Precision
      threads?: number
      preprocessing?: Preprocessing
      verify?: boolean
    }
    predict: PredictOptions
    script: { help?: boolean; csv?: string; explain?: string }
  }
  data: {
    show: Omit<ContactSheetOptions, 'data' | 'out' | 'signal'>
    script: { help?: boolean; out?: string }
  }
  inspect: { inspect: { deep?: boolean }; script: { help?: boolean } }
  cache: { script: { help?: boolean } }
  doctor: { script: { help?: boolean } }
}
