/** Suites that judge trained runs. */
export {
  evaluateRuns,
  type EvaluatedRepetition,
  type EvaluatedRun,
  type EvaluatedSplit,
  type Evaluation,
} from './evaluate-runs'
export type { LabelEfficiency, LabelMethod, SuiteTraining } from './label-efficiency'
