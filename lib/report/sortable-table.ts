/**
 * Tables that sort by a column and are searched by the names of their rows, where the page may run its one script; without it they
 * stay as they are. The buttons are made by the script, so that nothing is there that does nothing.
 */
import { createHash } from 'node:crypto'
import { html, Html } from './html'

/**
 * A table of `class="sortable"` whose cells that have another order than their text carry it as `data-v`; `data-search` is what the
 * rows are called. Each body sorts by itself; its rows that are headings stay in their place. Cells without a value come last.
 */
const program = `
for (const table of document.querySelectorAll('table.sortable')) {
  const bodies = [...table.tBodies]
  const rowsOf = (body) => [...body.rows].filter((row) => !row.matches('.part'))
  const heads = [...table.tHead.querySelectorAll('th[data-column]')]
  const valueOf = (row, column) => {
    const cell = row.cells[column]
    const text = cell.dataset.v ?? cell.textContent.trim()
    return text === '' || text === '–' ? null : isNaN(text) ? text : Number(text)
  }
  const compare = (a, b) =>
    typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'en', { numeric: true })
  const sort = (head) => {
    const column = Number(head.dataset.column)
    const before = head.getAttribute('aria-sort')
    const isDown = before ? before === 'ascending' : head.dataset.first === 'descending'
    for (const other of heads) other.removeAttribute('aria-sort')
    head.setAttribute('aria-sort', isDown ? 'descending' : 'ascending')
    for (const body of bodies) {
      const rows = rowsOf(body).map((row) => [valueOf(row, column), row])
      rows.sort(([a], [b]) => (a === null ? (b === null ? 0 : 1) : b === null ? -1 : isDown ? compare(b, a) : compare(a, b)))
      body.append(...rows.map(([, row]) => row))
    }
  }
  for (const head of heads) {
    const button = document.createElement('button')
    button.type = 'button'
    button.append(...head.childNodes)
    button.addEventListener('click', () => sort(head))
    head.append(button)
  }
  const search = document.createElement('p')
  search.className = 'search'
  const label = document.createElement('label')
  const input = document.createElement('input')
  const found = document.createElement('span')
  found.setAttribute('role', 'status')
  input.type = 'search'
  label.append(table.dataset.search + ' ', input)
  search.append(label, ' ', found)
  input.addEventListener('input', () => {
    const wanted = input.value.trim().toLowerCase()
    let count = 0
    for (const row of bodies.flatMap(rowsOf)) {
      row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted)
      if (!row.hidden) count++
    }
    found.textContent = wanted === '' ? '' : count + ' found'
  })
  table.parentElement.before(search)
}
`

/** What a policy has to say so that this script alone may run. */
export const sortableHash = `'sha256-${createHash('sha256').update(program).digest('base64')}'`

export const sortableScript: Html = new Html(`<script>${program}</script>`)

/** @param column place of its cells in a row @param first how a first press sorts: numbers that are better when large descend */
export function sortableHead(
  name: string,
  column: number,
  {
    first = 'descending',
    span = 1,
    isText = false,
  }: { first?: 'ascending' | 'descending'; span?: number; isText?: boolean } = {},
): Html {
  const rows = span > 1 && html` rowspan="${span}"`
  return html`<th
    scope="col"
    ${isText && html` class="left"`}${rows}
    data-column="${column}"
    data-first="${first}"
  >
    ${name}
  </th>`
}

/** Where a cell's order is not its text's; nothing for a value that is not there. */
export function orderedBy(value: number | null | undefined): Html {
  return typeof value === 'number' ? html` data-v="${Number(value.toPrecision(6))}"` : html` data-v=""`
}
