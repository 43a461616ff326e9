/** Suites that judge trained runs. */
export { type ExplainedAnswer, type ExplainedAnswers } from './explanations'
export { nearestTraining } from './nearest-training'
export { evaluateRuns } from './evaluate-runs'
export type { EvaluatedRepetition, EvaluatedRun, EvaluatedSplit, Evaluation } from './evaluation'
export type { SuiteTraining } from './label-efficiency'
