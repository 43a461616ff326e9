/** The shell of every page: one file that asks for nothing and runs no script but the one that sorts its tables. */
import { html, Html, type HtmlValue } from './html'
import { sortableHash, sortableScript } from './sortable-table'
import { style } from './style'

export interface Page {
  readonly title: string
  /** Class of the body. */
  readonly kind?: string
  readonly body: HtmlValue
  /** It has tables that sort. */
  readonly sorts?: boolean
}

export function pageText({ title, kind, body, sorts = false }: Page): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="${new Html(policy(sorts))}"
        />
        <title>${title}</title>
        <style>
          ${new Html(style)}
        </style>
      </head>
      <body${kind === undefined ? null : html` class="${kind}"`}>
        ${body} ${sorts && sortableScript}
      </body>
    </html> `
  return page.text
}

const policy = (sorts: boolean): string =>
  `default-src 'none'; style-src 'unsafe-inline'; img-src data:${sorts ? `; script-src ${sortableHash}` : ''}`
