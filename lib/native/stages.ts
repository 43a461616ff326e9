/** Where the time of this process goes: its native work, by stage. */
import type { Stage, StageTime } from '../../binding.gyp'
import { guarded } from './errors'
import { loadAddon } from './load'

export type StageTimes = Readonly<Record<Stage, Readonly<StageTime>>>

/** Begins to measure, from zero, or ends it. On CUDA every stage then waits for the device, which costs some speed. */
export function measureStages(on: boolean): void {
  guarded(() => {
    loadAddon().measureStages(on)
  })
}

/** Since the beginning, of all loaders and sessions of this process together. */
export function stageTimes(): StageTimes {
  return guarded(() => loadAddon().stageTimes())
}
