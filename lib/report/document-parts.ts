/**
 * A report's data as JSON in parts, one a run, each written and read in a turn of the event loop of its own: a whole one of many
 * runs and classes has several megabytes, which would hold the loop too long.
 */
import { setImmediate } from 'node:timers/promises'
import type { ReportDocument, RunSection } from './report-data'

export interface DocumentParts {
  /** JSON of all but the runs, whose place is kept. */
  readonly rest: string
  /** JSON of each. */
  readonly runs: readonly string[]
}

export async function inParts(document: ReportDocument): Promise<DocumentParts> {
  const runs: string[] = []
  for (const run of document.runs) {
    runs.push(JSON.stringify(run))
    await setImmediate()
  }
  return { rest: JSON.stringify({ ...document, runs: [] }), runs }
}

/** For a worker, which may take its time. */
export function partsOf(document: ReportDocument): DocumentParts {
  const runs = document.runs.map((run) => JSON.stringify(run))
  return { rest: JSON.stringify({ ...document, runs: [] }), runs }
}

/** For a worker, too. */
export function joined({ rest, runs }: DocumentParts): ReportDocument {
  return withRuns(
    rest,
    runs.map((run) => JSON.parse(run) as RunSection),
  )
}

export async function joinedInTurns({ rest, runs }: DocumentParts): Promise<ReportDocument> {
  const sections: RunSection[] = []
  for (const run of runs) {
    sections.push(JSON.parse(run) as RunSection)
    await setImmediate()
  }
  return withRuns(rest, sections)
}

function withRuns(rest: string, runs: readonly RunSection[]): ReportDocument {
  return { ...(JSON.parse(rest) as ReportDocument), runs }
}
