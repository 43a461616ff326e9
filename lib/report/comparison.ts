/** Many reports as one table: the page, text and numbers of it. */
import { join } from 'node:path'
import { comparedRuns, type ComparedRuns } from './compared-runs'
import { comparePage } from './compare-page'
import {
  bestSentences,
  comparedCells,
  comparedColumns,
  comparedConcerns,
  comparedTable,
  comparedTitle,
  pairedAdvice,
  partWords,
} from './compared-words'
import { csvText } from './csv'
import { readReport, type LoadedReport } from './read-report'
import { table, text } from './render-markdown'
import { writeWhole } from './write-files'

/** @param paths as loadReport's; the runs need not be of one data set @throws ERR_FILE; ERR_ARGUMENT: none given */
export async function compareReports(paths: readonly string[]): Promise<RunComparison> {
  const reports: LoadedReport[] = []
  for (const path of paths) reports.push(await readReport(path))
  return new RunComparison(comparedRuns(reports))
}

export class RunComparison {
  constructor(readonly data: ComparedRuns) {}

  /** Writes compare.html, compare.md and compare.csv; each is whole or not there. @throws ERR_FILE */
  async save(directory: string): Promise<void> {
    await writeWhole(join(directory, 'compare.csv'), csvText(comparedTable(this.data)))
    await writeWhole(join(directory, 'compare.md'), this.toMarkdown())
    await writeWhole(join(directory, 'compare.html'), comparePage(this.data))
  }

  toMarkdown(): string {
    const list = (sentences: readonly string[]): string[] =>
      sentences.length === 0 ? [] : [sentences.map((sentence) => `- ${text(sentence)}`).join('\n')]
    return [
      `# ${text(comparedTitle(this.data))}`,
      ...bestSentences(this.data).map((sentence) => `**${text(sentence)}**`),
      ...list(comparedConcerns(this.data)),
      ...this.parts().flatMap(({ title, columns, rows }) => [`## ${text(title)}`, table(columns, rows)]),
      text(pairedAdvice),
      '',
    ].join('\n\n')
  }

  /** A table for each set of images, of cells as they are shown. */
  parts(): { title: string; columns: readonly string[]; rows: readonly (readonly string[])[] }[] {
    return this.data.parts.map((part) => ({
      title: partWords(part),
      columns: comparedColumns(this.data),
      rows: part.runs.map((run) => comparedCells(this.data, run)),
    }))
  }

  /** What stands above the table. */
  sentences(): string[] {
    return [...bestSentences(this.data), ...comparedConcerns(this.data)]
  }
}
