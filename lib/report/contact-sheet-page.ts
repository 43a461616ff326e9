/** The contact sheet as a page: one file that asks for nothing. */
import { html } from './html'
import { pageText } from './page'
import { mixingSentence, viewsTable, type ViewsRow } from './views-table'

export interface ContactSheetInput {
  readonly rows: readonly ViewsRow[]
  readonly mixing: { readonly mixup: number; readonly cutmix: number }
  /** Shown as they are. */
  readonly settings: Readonly<Record<string, unknown>>
}

export function contactSheetPage({ rows, mixing, settings }: ContactSheetInput): string {
  return pageText({
    title: 'What the model will see',
    kind: 'sheet',
    body: html`<header>
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
      </main>`,
  })
}
