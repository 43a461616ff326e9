/** A report made again from report.json alone; several become one, side by side. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { IjepaError } from '../errors'
import { concernsOf } from './concerns'
import { EvaluationReport } from './evaluation-report'
import { readReport, type LoadedReport } from './read-report'
import type { ReportDocument } from './report-data'

/**
 * @param paths a report.json, the folder that holds it, or a run's folder; or several, of the same classes and split
 * @throws ERR_FILE: missing, no report, or of a later version; ERR_ARGUMENT: none given, or they do not belong side by side
 */
export async function loadReport(paths: string | readonly string[]): Promise<EvaluationReport> {
  const list = typeof paths === 'string' ? [paths] : paths
  const reports: LoadedReport[] = []
  for (const path of list) reports.push(await readReport(path))
  const [first, other] = reports
  if (!first) throw new IjepaError('ERR_ARGUMENT', 'Expected at least one report.json, got none')
  if (other) return new EvaluationReport(sideBySide(first, reports))
  const predictions = join(dirname(first.file), 'predictions.csv')
  return new EvaluationReport(first.document, existsSync(predictions) ? predictions : undefined)
}

/** What only some reports have. */
function optional(
  documents: readonly ReportDocument[],
): Pick<ReportDocument, 'repetitions' | 'labelEfficiency'> {
  const repetitions = documents.flatMap((document) => document.repetitions ?? [])
  const labelEfficiency = documents.flatMap((document) => document.labelEfficiency ?? [])
  return {
    ...(repetitions.length > 0 ? { repetitions } : {}),
    ...(labelEfficiency.length > 0 ? { labelEfficiency } : {}),
  }
}

function sideBySide(
  { file, document: first }: LoadedReport,
  reports: readonly LoadedReport[],
): ReportDocument {
  const documents = reports.map(({ document }) => document)
  const key = ({ data, evaluation: { split, samples, labels } }: ReportDocument): string =>
    JSON.stringify([data.classes, data.fingerprint, split, samples, labels])
  const other = reports.find(({ document }) => key(document) !== key(first))
  if (other) {
    throw new IjepaError(
      'ERR_ARGUMENT',
      `Expected reports on the same classes, data, split and threshold: ${other.file} differs from ${file}`,
      { file: other.file },
    )
  }
  let shift = 0
  const comparisons = documents.flatMap((document) => {
    const moved = document.comparisons.map((pair) => ({
      ...pair,
      first: pair.first + shift,
      second: pair.second + shift,
    }))
    shift += document.runs.length
    return moved
  })
  const merged: ReportDocument = {
    ...first,
    runs: documents.flatMap(({ runs }) => runs),
    comparisons,
    ...optional(documents),
    warnings: documents.flatMap(({ warnings }) => warnings),
  }
  return { ...merged, concerns: concernsOf(merged) }
}
