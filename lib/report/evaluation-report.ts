/** A report in memory: its data, and every form of it. */
import { createReadStream } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Report } from '../api'
import { runInWorker } from '../worker'
import { buildReport, buildReportInTurns } from './build-report'
import { inParts } from './document-parts'
import { findDisplay } from './notebook'
import { predictionsCsv, type RunPredictions } from './predictions-csv'
import type { ReportDocument, ReportInput } from './report-data'
import { scoresMarkdown } from './render-markdown'
import { renderSummary } from './render-summary'
import type { ReportFile } from './report-files'
import { comparisonSentence, repetitionSentences } from './sentences'
import { writeWhole } from './write-files'

/** Where predictions.csv comes from: memory, or files beside the report.json that was loaded. */
export type PredictionsSource = readonly RunPredictions[] | string | undefined

export class EvaluationReport implements Report {
  constructor(
    readonly data: ReportDocument,
    private readonly predictions?: PredictionsSource,
  ) {}

  /**
   * Writes report.json, report.html, report.md, predictions.csv and plots/*.csv; each is whole or not there. A report that
   * was loaded without a predictions.csv beside it writes none.
   * @throws ERR_FILE
   */
  async save(directory: string): Promise<void> {
    for (const { path, text } of await this.drawn<ReportFile[]>('reportFiles'))
      await writeWhole(join(directory, path), text)
    await this.savePredictions(join(directory, 'predictions.csv'))
  }

  /** Drawn in a worker thread. */
  toMarkdown(): Promise<string> {
    return this.drawn('markdownOf')
  }

  /** Drawn in a worker thread. */
  toHtml(): Promise<string> {
    return this.drawn('htmlOf')
  }

  /** In a tslab notebook the first screen, inline; elsewhere the table of metrics on standard output. */
  display(): void {
    const display = findDisplay()
    if (display) display.html(renderSummary(this.data))
    else process.stdout.write(`${this.terminalText()}\n`)
  }

  private async drawn<T>(what: 'reportFiles' | 'markdownOf' | 'htmlOf'): Promise<T> {
    return runInWorker(join(__dirname, 'report-files'), what, await inParts(this.data))
  }

  private terminalText(): string {
    const verdicts = this.data.comparisons.map((pair) => comparisonSentence(this.data, pair))
    return [scoresMarkdown(this.data), ...repetitionSentences(this.data), ...verdicts].join('\n')
  }

  private async savePredictions(file: string): Promise<void> {
    if (this.predictions === undefined) return
    if (typeof this.predictions !== 'string') {
      await writeWhole(file, predictionsCsv(this.predictions, this.data.data.classes))
    } else if (resolve(this.predictions) !== resolve(file)) {
      await writeWhole(file, createReadStream(this.predictions, 'utf8'))
    }
  }
}

/** The report of an evaluation. @throws as buildReport */
export function createReport(input: ReportInput): EvaluationReport {
  return new EvaluationReport(buildReport(input), predictionsOf(input))
}

/** The same, the event loop free between the runs. @throws as buildReport */
export async function createReportInTurns(input: ReportInput): Promise<EvaluationReport> {
  return new EvaluationReport(await buildReportInTurns(input), predictionsOf(input))
}

function predictionsOf({ runs }: ReportInput): RunPredictions[] {
  return runs.map(({ name, files, analysis }) => ({
    run: name,
    files,
    predictions: 'labelSets' in analysis ? analysis.labelSets : analysis.predictions,
  }))
}
