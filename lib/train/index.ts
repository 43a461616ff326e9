/** Training: from a plan and a recipe to a finished run in its folder. */
export { compareConditions, conditionsOf, type Conditions } from './environment'
export type { Plan, RunKind } from './plan'
export { train, type Recipe, type RunOptions } from './run'
export { RunFolder } from './run-folder'
export { startJob, type JobContext } from './job'
export type { LeftOut } from './learner'
export { readSnapshot } from './snapshot'
export type { RunState } from './state'
