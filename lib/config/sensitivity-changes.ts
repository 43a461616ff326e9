/** The changes of the sensitivity suite, each of which takes one quality of a picture away. */
import type { PerturbationOptions } from '../../binding.gyp'

/** What a classifier may go by. */
export type Attribute = 'colour' | 'detail' | 'arrangement' | 'sides' | 'upright' | 'extent'

export interface SensitivityChange extends Omit<PerturbationOptions, 'seed'> {
  readonly attribute: Attribute
}

export const sensitivityChanges: readonly SensitivityChange[] = [
  { attribute: 'colour', name: 'grey', strength: 1 },
  { attribute: 'colour', name: 'hue', strength: 0.25 },
  { attribute: 'colour', name: 'hue', strength: 0.5 },
  { attribute: 'detail', name: 'blur', strength: 0.02 },
  { attribute: 'detail', name: 'blur', strength: 0.04 },
  { attribute: 'arrangement', name: 'shuffle', strength: 2 },
  { attribute: 'arrangement', name: 'shuffle', strength: 4 },
  { attribute: 'sides', name: 'flip', strength: 1 },
  { attribute: 'upright', name: 'rotation', strength: 15 },
  { attribute: 'upright', name: 'rotation', strength: 90 },
  { attribute: 'extent', name: 'crop', strength: 0.25 },
  { attribute: 'extent', name: 'crop', strength: 0.5 },
]
