/** Suites that judge trained runs. */
export { type ExplainedAnswer, type ExplainedAnswers } from './explanations'
export { nearestTraining } from './nearest-training'
export {
  evaluateRuns,
  type EvaluatedRepetition,
  type EvaluatedRun,
  type EvaluatedSplit,
  type Evaluation,
} from './evaluate-runs'
export type { LabelEfficiency, LabelMethod, SuiteTraining } from './label-efficiency'
