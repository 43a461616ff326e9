/** A report made again from report.json alone; several become one, side by side. */
import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { IjepaError } from '../errors'
import { concernsOf } from './concerns'
import { EvaluationReport } from './evaluation-report'
import { formatVersion, type ReportDocument } from './report-data'
import { fileError } from './write-files'

/**
 * @param paths a report.json or the folder that holds it; or several, of the same classes and split
 * @throws ERR_FILE: missing, no report, or of a later version; ERR_ARGUMENT: none given, or they do not belong side by side
 */
export async function loadReport(paths: string | readonly string[]): Promise<EvaluationReport> {
  const list = typeof paths === 'string' ? [paths] : paths
  const files = await Promise.all(list.map(reportFile))
  const documents = await Promise.all(files.map(readDocument))
  const [file] = files
  const [document] = documents
  if (!file || !document) throw new IjepaError('ERR_ARGUMENT', 'Expected at least one report.json, got none')
  if (documents.length > 1) return new EvaluationReport(sideBySide(document, documents, files))
  const predictions = join(dirname(file), 'predictions.csv')
  return new EvaluationReport(document, existsSync(predictions) ? predictions : undefined)
}

async function reportFile(path: string): Promise<string> {
  const found = await stat(path).catch((error: unknown) => {
    throw fileError(path, error)
  })
  return found.isDirectory() ? join(path, 'report.json') : path
}

async function readDocument(file: string): Promise<ReportDocument> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fileError(file, error)
  })
  const document = parse(text, file) as { formatVersion?: unknown; runs?: unknown } | null
  if (typeof document?.formatVersion !== 'number' || !Array.isArray(document.runs)) {
    throw new IjepaError('ERR_FILE', `Expected a report with formatVersion and runs in ${file}`, { file })
  }
  if (document.formatVersion > formatVersion) {
    throw new IjepaError(
      'ERR_FILE',
      `Expected a report of format version ${formatVersion} or earlier in ${file}, got ${document.formatVersion}: update this library`,
      { file },
    )
  }
  return document as unknown as ReportDocument
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new IjepaError(
      'ERR_FILE',
      `Expected JSON in ${file}: ${(error as Error).message}`,
      { file },
      { cause: error },
    )
  }
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
  first: ReportDocument,
  documents: readonly ReportDocument[],
  files: readonly string[],
): ReportDocument {
  const key = ({ data, evaluation: { split, samples, labels } }: ReportDocument): string =>
    JSON.stringify([data.classes, data.fingerprint, split, samples, labels])
  const other = documents.findIndex((document) => key(document) !== key(first))
  if (other !== -1) {
    throw new IjepaError(
      'ERR_ARGUMENT',
      `Expected reports on the same classes, data, split and threshold: ${files[other] ?? ''} differs from ${files[0] ?? ''}`,
      { file: files[other] },
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
