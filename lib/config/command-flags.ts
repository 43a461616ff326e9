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

export type CommandName = 'probe' | 'finetune' | 'evaluate' | 'predict' | 'data' | 'inspect' | 'doctor'

/** By the call that takes them; `script` is for the script itself. */
export interface CommandFlags {
  probe: {
    trainer: TrainerOptions
    recipe: LinearProbeOptions
    script: { help?: boolean; printConfig?: boolean; profile?: boolean; resume?: string }
  }
  finetune: {
    trainer: TrainerOptions
    recipe: FinetuneOptions
    script: {
      help?: boolean
      printConfig?: boolean
      findLearningRate?: boolean | string
      profile?: boolean
      resume?: string
    }
  }
  evaluate: {
    open: { data?: Partial<DataOptions>; device?: Device }
    evaluate: EvaluateOptions
    script: { help?: boolean; out?: string; profile?: boolean }
  }
  predict: {
    load: {
      device?: Device
      precision?: Precision
      threads?: number
      preprocessing?: Preprocessing
      verify?: boolean
    }
    predict: PredictOptions
    script: { help?: boolean; csv?: string }
  }
  data: {
    show: Omit<ContactSheetOptions, 'data' | 'out' | 'signal'>
    script: { help?: boolean; out?: string }
  }
  inspect: { inspect: { deep?: boolean }; script: { help?: boolean } }
  doctor: { script: { help?: boolean } }
}
