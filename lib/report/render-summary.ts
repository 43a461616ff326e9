/** The first screen alone, for a notebook's cell: its style stays inside it. */
import { html, Html } from './html'
import type { ReportDocument } from './report-data'
import { summaryBody } from './section-summary'
import { style } from './style'

export function renderSummary(document: ReportDocument): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <style>
          ${new Html(style)}
        </style>
      </head>
      <body>
        ${summaryBody(document)}
      </body>
    </html>`
  // A frame of its own: neither the notebook's style nor the report's reaches the other.
  const height = 420 + 34 * document.concerns.length
  return html`<iframe
    title="Report"
    sandbox=""
    srcdoc="${page.text}"
    style="width:100%;height:${height}px;border:0"
  ></iframe>`.text
}
