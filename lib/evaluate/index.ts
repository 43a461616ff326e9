/** Suites that judge trained runs. */
export { type ExplainedAnswer, type ExplainedAnswers } from './explanations'
export { nearestTraining } from './nearest-training'
export { evaluateRuns } from './evaluate-runs'
export type { EvaluatedRepetition, EvaluatedRun, EvaluatedSplit, Evaluation } from './evaluation'
export type { LabelEfficiency, LabelMethod, SuiteTraining } from './label-efficiency'
