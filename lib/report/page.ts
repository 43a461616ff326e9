/** The shell of every page: one file that asks for nothing and runs no script. */
import { html, Html, type HtmlValue } from './html'
import { style } from './style'

export interface Page {
  readonly title: string
  /** Class of the body. */
  readonly kind?: string
  readonly body: HtmlValue
}

export function pageText({ title, kind, body }: Page): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        />
        <title>${title}</title>
        <style>
          ${new Html(style)}
        </style>
      </head>
      <body${kind === undefined ? null : html` class="${kind}"`}>
        ${body}
      </body>
    </html> `
  return page.text
}
