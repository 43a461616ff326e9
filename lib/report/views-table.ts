/** Pictures as a model sees them, a row each: the view of evaluation, then those of training. */
import { html, type Html } from './html'
import { scrollBox } from './page-parts'

export interface ViewsRow {
  readonly label: string
  readonly file: string
  /** JPEG, base64. */
  readonly pictures: readonly string[]
}

/** `title` names the table for those who do not see it. */
export function viewsTable(title: string, rows: readonly ViewsRow[]): Html {
  const trained = Math.max(0, ...rows.map(({ pictures }) => pictures.length - 1))
  return scrollBox(
    title,
    html`<table class="views">
      <thead>
        <tr>
          <th scope="col" class="left">Class</th>
          <th scope="col" class="left">Evaluation</th>
          <th scope="colgroup" class="left" colspan="${trained}">Training</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(viewsRow)}
      </tbody>
    </table>`,
  )
}

function viewsRow({ label, file, pictures }: ViewsRow): Html {
  return html`<tr>
    <th scope="row">${label}<span class="file">${file}</span></th>
    ${pictures.map(
      (jpeg, view) =>
        html`<td>
          <img
            src="data:image/jpeg;base64,${jpeg}"
            alt="${label}, ${view === 0 ? 'as evaluated' : `training view ${view}`}"
          />
        </td>`,
    )}
  </tr>`
}

/** What is done to whole batches, which no single picture shows; empty where nothing is. */
export function mixingSentence({
  mixup,
  cutmix,
}: {
  readonly mixup?: unknown
  readonly cutmix?: unknown
}): string {
  const done = [Number(mixup) > 0 && 'mixup', Number(cutmix) > 0 && 'cutmix'].filter(Boolean)
  return done.length === 0
    ? ''
    : `In training ${done.join(' or ')} then mixes the images of a batch in pairs, which is not shown.`
}
