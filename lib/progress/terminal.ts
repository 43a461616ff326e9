/** Progress on a terminal: one bar, redrawn in place, with the lines of finished epochs above it. */
import type { TrainEvent } from '../api'
import { barLine, eventLine } from './format'
import type { ProgressListener, ProgressStream } from './listener'
import { initialStatus, statusAfter } from './status'

const redrawMs = 100
/** Of runs with more epochs than this only about every twentieth is kept on the screen; all are in metrics.jsonl. */
const keptEpochs = 30
const eraseLine = '\r\x1b[K'

/** The cursor is never hidden, so however the process ends there is nothing to restore. */
export function terminalProgress(stream: ProgressStream): ProgressListener {
  const colour = !process.env.NO_COLOR
  let status = initialStatus
  let drawnAt = -Infinity
  let onScreen = false

  const draw = () => {
    stream.write(eraseLine + barLine(status, (stream.columns ?? 80) - 1, colour))
    drawnAt = Date.now()
    onScreen = true
  }
  const print = (line: string) => {
    stream.write(`${onScreen ? eraseLine : ''}${line}\n`)
    onScreen = false
  }
  return {
    onEvent(event) {
      status = statusAfter(status, event)
      const line = staysOnScreen(event) ? eventLine(event, status) : undefined
      if (line !== undefined) print(line)
      if (isMovement(event) && Date.now() - drawnAt >= redrawMs) draw()
    },
    close() {
      if (onScreen) stream.write('\n')
      onScreen = false
    },
  }
}

function isMovement(event: TrainEvent): boolean {
  return (
    event.type === 'step' || event.type === 'epoch' || (event.type === 'evaluate' && event.done < event.total)
  )
}

function staysOnScreen(event: TrainEvent): boolean {
  if (event.type !== 'epoch' || event.epochs <= keptEpochs) return true
  return (event.epoch + 1) % Math.ceil(event.epochs / 20) === 0 || event.epoch + 1 === event.epochs
}
