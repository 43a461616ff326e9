/** report.html: one file that asks for nothing, made from the report's data alone. */
import { html, Html } from './html'
import type { ReportDocument } from './report-data'
import { calibrationSection } from './section-calibration'
import { choiceSection } from './section-choice'
import { classesSection } from './section-classes'
import { confusionSection } from './section-confusion'
import { coverageSection } from './section-coverage'
import { curvesSection } from './section-curves'
import { detailsSection } from './section-details'
import { labelIssuesSection } from './section-label-issues'
import { mistakesSection } from './section-mistakes'
import { repetitionsSection } from './section-repetitions'
import { scoresSection } from './section-scores'
import { summarySection } from './section-summary'
import { viewsSection } from './section-views'
import { style } from './style'
import { title } from './sentences'

export function renderHtml(document: ReportDocument): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        />
        <title>${title(document)}</title>
        <style>
          ${new Html(style)}
        </style>
      </head>
      <body>
        ${summarySection(document)}
        <main>
          ${scoresSection(document)} ${repetitionsSection(document)} ${curvesSection(document)}
          ${choiceSection(document)} ${viewsSection(document)} ${classesSection(document)}
          ${confusionSection(document)} ${calibrationSection(document)} ${coverageSection(document)}
          ${mistakesSection(document)} ${labelIssuesSection(document)} ${detailsSection(document)}
        </main>
        <footer>
          Made by ${document.library.name} ${document.library.version} from report.json, which holds every
          number on this page.
        </footer>
      </body>
    </html> `
  return page.text
}
