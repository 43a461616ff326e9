/** Tables as CSV (RFC 4180, but for line feeds alone at the ends of lines). */

export type Cell = string | number | null

export interface Table {
  /** File name without ending. */
  readonly name: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
}

export function csvText({ columns, rows }: Table): string {
  return [columns, ...rows].map(csvLine).join('')
}

export function csvLine(cells: readonly Cell[]): string {
  return cells.map(cell).join(',') + '\n'
}

function cell(value: Cell): string {
  if (value === null) return ''
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
