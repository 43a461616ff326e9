/** The contact sheet as a page: one file that asks for nothing. */
import { html, Html } from './html'
import { style } from './style'
import { mixingSentence, viewsTable, type ViewsRow } from './views-table'

export interface ContactSheetInput {
  readonly rows: readonly ViewsRow[]
  readonly mixing: { readonly mixup: number; readonly cutmix: number }
  /** Shown as they are. */
  readonly settings: Readonly<Record<string, unknown>>
}

export function contactSheetPage({ rows, mixing, settings }: ContactSheetInput): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        />
        <title>What the model will see</title>
        <style>
          ${new Html(style)}
        </style>
      </head>
      <body class="sheet">
        <header>
          <h1>What the model will see</h1>
          <p class="lead">
            Each image as it is evaluated, and as it is drawn for training, another way in every epoch.
            ${mixingSentence(mixing)}
          </p>
        </header>
        <main>
          ${viewsTable('Views of some images', rows)}
          <details>
            <summary>Settings</summary>
            <pre tabindex="0">${JSON.stringify(settings, null, 2)}</pre>
          </details>
        </main>
      </body>
    </html> `
  return page.text
}
