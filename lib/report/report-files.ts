/** What a worker thread makes of a report's data: the text of every file. */
import { csvText } from './csv'
import { joined, type DocumentParts } from './document-parts'
import { plotTables } from './plot-tables'
import { renderHtml } from './render-html'
import { renderMarkdown } from './render-markdown'

export interface ReportFile {
  /** Below the report's folder, its parts separated by '/'. */
  readonly path: string
  readonly text: string
}

/** All but predictions.csv, whose content is not in the data. */
export function reportFiles(parts: DocumentParts): ReportFile[] {
  const document = joined(parts)
  return [
    { path: 'report.json', text: `${JSON.stringify(document, null, 1)}\n` },
    ...plotTables(document).map((table) => ({ path: `plots/${table.name}.csv`, text: csvText(table) })),
    { path: 'report.md', text: renderMarkdown(document) },
    { path: 'report.html', text: renderHtml(document) },
  ]
}

export const markdownOf = (parts: DocumentParts): string => renderMarkdown(joined(parts))

export const htmlOf = (parts: DocumentParts): string => renderHtml(joined(parts))
