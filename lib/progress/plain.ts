/** Progress for logs and pipes: whole lines, one an epoch, and one a minute inside long epochs. */
import { barLine, eventLine } from './format'
import type { ProgressListener, ProgressStream } from './listener'
import { initialStatus, statusAfter } from './status'

const lineMs = 60_000

export function plainProgress(stream: ProgressStream): ProgressListener {
  let status = initialStatus
  let printedAt = Date.now()

  const print = (line: string) => {
    stream.write(`${line}\n`)
    printedAt = Date.now()
  }
  return {
    onEvent(event) {
      status = statusAfter(status, event)
      const line = eventLine(event, status)
      if (line !== undefined) print(line)
      else if (event.type !== 'checkpoint' && Date.now() - printedAt >= lineMs)
        print(barLine(status, 100, false))
    },
    close() {},
  }
}
