/** What is shown of an evaluation: report.json and all that is made from it. */
export { buildReport } from './build-report'
export { createReport, EvaluationReport } from './evaluation-report'
export { contactSheetPage } from './contact-sheet-page'
export { encodePng, pictureGrid } from './picture-grid'
export { loadReport } from './load-report'
export { modelCard, type ModelCardInput } from './model-card'
export { type ReportDocument, type ReportInput, type RunInput } from './report-data'
export { writeWhole } from './write-files'
