/** A report in memory: its data, and every form of it. */
import { createReadStream } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Report } from '../api'
import { runInWorker } from '../worker'
import { buildReport } from './build-report'
import { csvText } from './csv'
import { findDisplay } from './notebook'
import { plotTables } from './plot-tables'
import { predictionsCsv, type RunPredictions } from './predictions-csv'
import type { ReportDocument, ReportInput } from './report-data'
import { scoresMarkdown } from './render-markdown'
import { renderSummary } from './render-summary'
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
    await writeWhole(join(directory, 'report.json'), `${JSON.stringify(this.data, null, 1)}\n`)
    for (const table of plotTables(this.data)) {
      await writeWhole(join(directory, 'plots', `${table.name}.csv`), csvText(table))
    }
    await this.savePredictions(join(directory, 'predictions.csv'))
    await writeWhole(join(directory, 'report.md'), await this.toMarkdown())
    await writeWhole(join(directory, 'report.html'), await this.toHtml())
  }

  /** Drawn in a worker thread. */
  toMarkdown(): Promise<string> {
    return runInWorker(join(__dirname, 'render-markdown'), 'renderMarkdown', this.data)
  }

  /** Drawn in a worker thread. */
  toHtml(): Promise<string> {
    return runInWorker(join(__dirname, 'render-html'), 'renderHtml', this.data)
  }

  /** In a tslab notebook the first screen, inline; elsewhere the table of metrics on standard output. */
  display(): void {
    const display = findDisplay()
    if (display) display.html(renderSummary(this.data))
    else process.stdout.write(`${this.terminalText()}\n`)
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
  const predictions = input.runs.map(({ name, files, analysis }) => ({
    run: name,
    files,
    predictions: 'labelSets' in analysis ? analysis.labelSets : analysis.predictions,
  }))
  return new EvaluationReport(buildReport(input), predictions)
}
