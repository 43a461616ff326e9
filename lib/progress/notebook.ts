/** Progress in a tslab notebook: one display, overwritten, with a bar and the newest epochs. */
import { duration, freezingLines, metrics, percent, rate } from './format'
import type { ProgressListener } from './listener'
import { initialStatus, statusAfter, type Status } from './status'
import type { TrainEvent } from '../api'

const redrawMs = 250
const shownEpochs = 10
const shownNotes = 20

/** The part of tslab's module that is used: `newDisplay()` gives a display whose every call overwrites the one before. */
interface Tslab {
  newDisplay(): { html(text: string): void }
}
type Epoch = Extract<TrainEvent, { type: 'epoch' }>

/** tslab's module where this runs inside its kernel, else undefined. Only the kernel's own `require` knows it. */
export function findTslab(): Tslab | undefined {
  const kernel = (globalThis as { __tslab__?: { require?: (id: string) => unknown } }).__tslab__
  return kernel?.require ? (kernel.require('tslab') as Tslab) : undefined
}

export function notebookProgress(tslab: Tslab): ProgressListener {
  const display = tslab.newDisplay()
  const epochs: Epoch[] = []
  const notes: string[] = []
  let chart: readonly string[] = []
  let status = initialStatus
  let drawnAt = -Infinity

  return {
    onEvent(event) {
      status = statusAfter(status, event)
      if (event.type === 'epoch') epochs.push(event)
      if (event.type === 'start') {
        notes.push(event.directory)
        chart = freezingLines(event)
      }
      if (event.type === 'warning') notes.push(`warning ${event.code}: ${event.message}`)
      const last = event.type === 'done' || (event.type === 'evaluate' && event.done === event.total)
      if (!last && Date.now() - drawnAt < redrawMs) return
      display.html(html(status, epochs.slice(-shownEpochs), notes.slice(-shownNotes), chart))
      drawnAt = Date.now()
    },
    close() {
      if (status !== initialStatus)
        display.html(html(status, epochs.slice(-shownEpochs), notes.slice(-shownNotes), chart))
    },
  }
}

function html(
  status: Status,
  epochs: readonly Epoch[],
  notes: readonly string[],
  chart: readonly string[],
): string {
  const rows = epochs.map(
    (epoch) =>
      `<tr>${cells(epoch)
        .map((cell) => `<td>${cell}</td>`)
        .join('')}</tr>`,
  )
  const head = '<tr><th>epoch</th><th>training</th><th>validation</th><th>time</th></tr>'
  return [
    `<div>${escape(caption(status))}</div>`,
    `<progress style="width: 100%" max="${Math.max(1, status.total)}" value="${status.done}"></progress>`,
    rows.length > 0 ? `<table>${head}${rows.join('')}</table>` : '',
    chart.length > 0 ? `<pre>${escape(chart.join('\n'))}</pre>` : '',
    ...notes.map((note) => `<div><small>${escape(note)}</small></div>`),
  ].join('')
}

function caption(status: Status): string {
  const parts = [status.task]
  if (status.epoch !== undefined) parts.push(`epoch ${status.epoch}/${status.epochs ?? '?'}`)
  if (status.loss !== undefined) parts.push(`loss ${status.loss.toFixed(3)}`)
  if (status.top1 !== undefined) parts.push(`top-1 ${percent(status.top1)}`)
  if (status.imagesPerSecond !== undefined) parts.push(rate(status.imagesPerSecond))
  if (status.etaSeconds !== undefined) parts.push(`${duration(status.etaSeconds)} left`)
  return parts.join(' · ')
}

function cells(epoch: Epoch): string[] {
  const validation = epoch.validation ? `${metrics(epoch.validation)}${epoch.best ? ' ★' : ''}` : '–'
  return [`${epoch.epoch + 1}/${epoch.epochs}`, metrics(epoch.train), validation, duration(epoch.seconds)]
}

function escape(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}
