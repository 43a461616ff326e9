/** Suites that judge trained runs. */
export { evaluateRuns, type EvaluatedRun, type EvaluatedSplit, type Evaluation } from './evaluate-runs'
